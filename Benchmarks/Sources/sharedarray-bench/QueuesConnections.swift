import CBaselines
import SharedArrays

/// Messages over a connection, beside a socket pair in C.
enum QueuesConnections {
  static func run(_ runner: Runner) throws {
    try runConnectionRoundTrips(runner)
    try runConnectionThroughput(runner)
  }

  static func runConnectionRoundTrips(_ runner: Runner) throws {
    let count = runner.quick ? 1_000 : 20_000
    let byteCount = MemoryLayout<Line>.size
    try runner.measure(
      bench: "W6 connection, round trip of \(byteCount) B", unit: .microseconds, n: byteCount,
      rounds: runner.rounds(7),
      contenders: [
        Contender("C socketpair, SEQPACKET") {
          try 1e6 * meanSeconds { limit_message_round_trip(Int64(byteCount), CInt(count)) }
        },
        Contender("SharedArrays bytes") {
          try 1e6
            * roundTrip(
              count, [UInt8](repeating: 1, count: byteCount), send: Bytes.send, receive: Bytes.receive)
        },
        Contender("SharedArrays values") {
          try 1e6 * roundTrip(count, Line(), send: { try $0.send($1) }, receive: { $1 = try $0.receive() })
        },
      ])
  }

  static func runConnectionThroughput(_ runner: Runner) throws {
    try runThroughput(runner, name: "64 B", byteCount: 64, count: runner.quick ? 5_000 : 200_000)
    try runThroughput(runner, name: "1 MiB", byteCount: 1 << 20, count: runner.quick ? 50 : 500)
  }

  private static func runThroughput(_ runner: Runner, name: String, byteCount: Int, count: Int) throws {
    let bytes = [UInt8](repeating: 1, count: byteCount)
    let speed = { (seconds: Double) in Double(byteCount) / seconds / 1e9 }
    var contenders = [
      Contender(byteCount > piece ? "C socketpair, SEQPACKET, pieces of 128 KiB" : "C socketpair, SEQPACKET")
      {
        speed(try meanSeconds { limit_message_stream(Int64(byteCount), Int64(piece), CInt(count)) })
      },
      Contender("SharedArrays bytes") {
        speed(try stream(count, bytes, send: Bytes.send, receive: Bytes.receive))
      },
      Contender("SharedArrays [UInt8]") {
        speed(try stream(count, bytes, send: { try $0.send($1) }, receive: { $1 = try $0.receive() }))
      },
    ]
    if byteCount == MemoryLayout<Line>.size {
      contenders.append(
        Contender("SharedArrays values") {
          speed(try stream(count, Line(), send: { try $0.send($1) }, receive: { $1 = try $0.receive() }))
        })
    }
    try runner.measure(
      bench: "W6 connection, throughput of \(name)", unit: .gigabytesPerSecond, n: byteCount,
      rounds: runner.rounds(7), contenders: contenders)
  }

  private static let piece = 128 << 10

  /// A message of 64 bytes.
  private struct Line: BitwiseTransferable, Transferable { var words = InlineArray<8, Int>(repeating: 1) }

  private enum Bytes {
    static func send(_ connection: Connection, _ bytes: [UInt8]) throws {
      try connection.sendBytes(bytes.span.bytes)
    }

    static func receive(_ connection: Connection, _ bytes: inout [UInt8]) throws {
      var span = bytes.mutableSpan
      var place = span.mutableBytes
      _ = try connection.receiveBytes(into: &place)
    }
  }

  private static func roundTrip<Message>(
    _ count: Int, _ message: Message, send: (Connection, Message) throws -> Void,
    receive: (Connection, inout Message) throws -> Void
  ) throws -> Double {
    var message = message
    return try withoutActuallyEscaping(send) { send in
      try withoutActuallyEscaping(receive) { receive in
        try withWorker { other in
          var message = message
          while (try? receive(other, &message)) != nil { try send(other, message) }
        } _: { connection in
          let step = {
            try send(connection, message)
            try receive(connection, &message)
          }
          for _ in 0..<count / 10 { try step() }
          return try secondsPerCall(count, step)
        }
      }
    }
  }

  private static func stream<Message>(
    _ count: Int, _ message: Message, send: (Connection, Message) throws -> Void,
    receive: (Connection, inout Message) throws -> Void
  ) throws -> Double {
    var message = message
    return try withoutActuallyEscaping(send) { send in
      try withWorker { other in
        for _ in 0...count { try send(other, message) }
      } _: { connection in
        try receive(connection, &message)
        return try secondsPerCall(count) { try receive(connection, &message) }
      }
    }
  }

  /// Forks a worker with one end of a connection, and measures at the other end.
  private static func withWorker(
    _ work: @escaping (Connection) throws -> Void, _ measure: (Connection) throws -> Double
  ) throws -> Double {
    let (here, there) = try Connection.pair()
    let worker = try WorkerProcess<NoValue>.start {
      here.close()
      try work(there)
      return NoValue()
    }
    there.close()
    let seconds = try measure(here)
    here.close()
    try worker.join()
    return seconds
  }
}
