import CBaselines
import Glibc
import SharedArrays

/// A message of 64 bytes.
struct Line: BitwiseTransferable, Transferable, BitwiseCopyable {
  var words: InlineArray<8, Int>

  init(_ number: Int) { words = InlineArray(repeating: number) }

  var number: Int { words[7] }
}

/// The contenders of this library in queues.
///
/// The totals that consumers return verify that every message has arrived.
extension Queues {
  private static let capacity = 4096
  private static let batch = 64

  static func streams<Message: BitwiseTransferable & Transferable & BitwiseCopyable>(
    of: Message.Type, count: Int, message: @escaping (Int) -> Message, number: @escaping (Message) -> Int
  ) -> [Contender] {
    [
      Contender("SharedArrays SharedQueue") {
        let queue = try SharedQueue<Message>(capacity: capacity)
        return try rate(count) {
          for index in 0..<count { try queue.put(message(index)) }
        } consumer: {
          var total = 0
          for _ in 0..<count { total &+= number(try queue.get()) }
          return total
        }
      },
      Contender("SharedArrays SharedQueue, batches of \(batch)") {
        let queue = try SharedQueue<Message>(capacity: capacity)
        let messages = (0..<batch).map(message)
        return try rate(count / batch * batch, total: count / batch * (batch * (batch - 1) / 2)) {
          for _ in 0..<count / batch { try queue.put(contentsOf: messages) }
        } consumer: {
          try takeBatches(queue, count / batch * batch, number)
        }
      },
    ]
  }

  private static func takeBatches<Message: BitwiseTransferable & Transferable & BitwiseCopyable>(
    _ queue: SharedQueue<Message>, _ count: Int, _ number: (Message) -> Int
  ) throws -> Int {
    let room = UnsafeMutableBufferPointer<Message>.allocate(capacity: batch)
    defer { room.deallocate() }
    var (total, taken) = (0, 0)
    while taken < count {
      var messages = OutputSpan(buffer: room, initializedCount: 0)
      try queue.get(into: &messages)
      for index in 0..<messages.count { total &+= number(messages[index]) }
      taken += messages.count
    }
    return total
  }

  static func byteStreams(byteCount: Int, count: Int) -> [Contender] {
    let message = [UInt8](repeating: 1, count: byteCount)
    return [
      Contender("SharedArrays SharedByteQueue, copied in and out") {
        let queue = try SharedByteQueue(capacity: 4, largestMessage: byteCount)
        return try rate(count, total: count) {
          for _ in 0..<count { try queue.put(message.span.bytes) }
        } consumer: {
          var (copy, total) = ([UInt8](repeating: 0, count: byteCount), 0)
          for _ in 0..<count {
            try queue.get { bytes in
              copy.withUnsafeMutableBytes { copy in bytes.withUnsafeBytes { copy.copyMemory(from: $0) } }
            }
            total += Int(copy[byteCount - 1])
          }
          return total
        }
      }
    ]
  }

  /// Creates contenders that write and read every byte: with a copy of each message on both sides,
  /// and in place.
  static func filledStreams(byteCount: Int, count: Int) -> [Contender] {
    [
      Contender("SharedArrays SharedByteQueue, copied in and out") {
        let queue = try SharedByteQueue(capacity: 4, largestMessage: byteCount)
        return try rate(count, total: count * byteCount) {
          var message = [UInt8](repeating: 0, count: byteCount)
          for _ in 0..<count {
            message.withUnsafeMutableBytes { fill($0) }
            try queue.put(message.span.bytes)
          }
        } consumer: {
          var (copy, total) = ([UInt8](repeating: 0, count: byteCount), 0)
          for _ in 0..<count {
            total += try queue.get { bytes in
              copy.withUnsafeMutableBytes { copy in
                bytes.withUnsafeBytes { copy.copyMemory(from: $0) }
                return readable(UnsafeRawBufferPointer(copy))
              }
            }
          }
          return total
        }
      },
      Contender("SharedArrays SharedByteQueue, written and read in place") {
        let queue = try SharedByteQueue(capacity: 4, largestMessage: byteCount)
        return try rate(count, total: count * byteCount) {
          for _ in 0..<count {
            try queue.put(byteCount: byteCount) { bytes in bytes.withUnsafeMutableBytes { fill($0) } }
          }
        } consumer: {
          var total = 0
          for _ in 0..<count { total += try queue.get { bytes in bytes.withUnsafeBytes { readable($0) } } }
          return total
        }
      },
    ]
  }

  static func crowds(pairs: Int, count: Int) -> [Contender] {
    [
      Contender("SharedArrays SharedQueue") {
        let queue = try SharedQueue<Line>(capacity: capacity)
        var group = try WorkerGroup()
        for _ in 0..<pairs {
          try group.add {
            for index in 0..<count { try queue.put(Line(index)) }
            return 0
          }
          try group.add {
            var total = 0
            for _ in 0..<count { total &+= try queue.get().number }
            return total
          }
        }
        let (seconds, results) = try group.run()
        try expectAll(results.reduce(0, &+), pairs * sum(upTo: count))
        return Double(pairs * count) / seconds
      }
    ]
  }

  static func roundTrips(count: Int) -> [Contender] {
    [
      Contender("SharedArrays SharedQueue") {
        let there = try SharedQueue<Line>(capacity: 16)
        let back = try SharedQueue<Line>(capacity: 16)
        let worker = try WorkerProcess.start {
          for _ in 0...count { try back.put(try there.get()) }
          return 0
        }
        var (start, total) = (0.0, 0)
        for index in 0...count {
          if index == 1 { start = limit_now() }  // the first round trip includes the start of the worker
          try there.put(Line(index))
          total &+= try back.get().number
        }
        let seconds = limit_now() - start
        _ = try worker.result()
        try expectAll(total, sum(upTo: count + 1))
        return 1e6 * seconds / Double(count)
      }
    ]
  }

  /// Creates a contender whose messages carry the time at which they were sent, in nanoseconds.
  static func sleepers(count: Int, idleMicroseconds: UInt32) -> [Contender] {
    func send(_ queue: SharedQueue<Line>) throws {
      usleep(idleMicroseconds)
      try queue.put(Line(Int(1e9 * limit_now())))
    }
    func receive(_ queue: SharedQueue<Line>) throws -> Int {
      let sent = try queue.get().number
      return Int(1e9 * limit_now()) - sent
    }
    return [
      Contender("SharedArrays SharedQueue") {
        let there = try SharedQueue<Line>(capacity: 16)
        let back = try SharedQueue<Line>(capacity: 16)
        let worker = try WorkerProcess.start {
          var total = 0
          for _ in 0..<count {
            total += try receive(there)
            try send(back)
          }
          return total
        }
        var total = 0
        for _ in 0..<count {
          try send(there)
          total += try receive(back)
        }
        return try 1e-3 * Double(total + worker.result()) / Double(count)
      }
    ]
  }

  // MARK: Measuring

  /// Returns the messages per second from this process to a worker.
  ///
  /// The measured time includes the exit of the worker.
  private static func rate(
    _ count: Int, total: Int? = nil, producer: () throws -> Void, consumer: @escaping () throws -> Int
  ) throws -> Double {
    var group = try WorkerGroup()
    try group.add(consumer)
    let (seconds, results) = try group.run(producer)
    try expectAll(results[0], total ?? sum(upTo: count))
    return Double(count) / seconds
  }

  private static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    memset(bytes.baseAddress!, 1, bytes.count)
  }

  /// Returns the number of bytes before the first zero. It reads all bytes that `fill` has written.
  private static func readable(_ bytes: UnsafeRawBufferPointer) -> Int {
    memchr(bytes.baseAddress!, 0, bytes.count).map { bytes.baseAddress!.distance(to: $0) } ?? bytes.count
  }

  private static func sum(upTo count: Int) -> Int { count * (count - 1) / 2 }

  private static func expectAll(_ total: Int, _ expected: Int) throws(BenchmarkError) {
    if total != expected { throw BenchmarkError("messages were lost: \(total) instead of \(expected)") }
  }
}
