import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

/// The sockets that carry descriptors with the items of a queue. The items here are queues, which
/// are sent as descriptors.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SharedQueueChannelTests {
  @Test(arguments: [0, 1, 7, 9, 16, 5_000])
  func `a message that no producer has sent is dropped, and fails one call`(byteCount: Int) async {
    await #expect(processExitsWith: .success) { [byteCount] in
      inOwnProcess {
        let before = socketDescriptors()
        let queue = try SharedQueue<SharedQueue<Int>>(capacity: 4, largestItem: 512)
        let item = try SharedQueue<Int>(capacity: 1)
        let ends = socketDescriptors().subtracting(before).sorted()
        try #require(ends.count == 2)
        let bytes = [UInt8](repeating: 7, count: byteCount)
        // Producers send through the first of the pair.
        #expect(unsafe send(ends[0], bytes, byteCount, 0) == byteCount)
        try queue.put(item)
        #expect(queueError { _ = try queue.get(timeout: .seconds(5)) }?.code == .corrupt)
        for number in 0..<9 {
          try queue.put(item)
          try item.put(number)
          #expect(try queue.get(timeout: .seconds(5)).get(timeout: .zero) == number)
        }
      }
    }
  }

  @Test func `a put times out while a stopped process holds the channel`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let queue = try SharedQueue<SharedQueue<Int>>(capacity: 13, largestItem: 512)
        let item = try SharedQueue<Int>(capacity: 1)
        let start = try #require(unsafe addressOfQueue(capacity: 13))
        let holder = try startChild {
          guard (try? unsafe RobustMutex(at: start + 576).lock(until: Deadline(after: nil))) == .acquired
          else {
            return 1
          }
          words[0] = 1
          kill(getpid(), SIGSTOP)
          return 0
        }
        #expect(words.wait(for: 0) && waitUntil { processState(holder.pid) == "T" })
        // In another process, so that a wait without end does not block this one.
        let ended = try forkedChild {
          queueError { try queue.put(item, timeout: .milliseconds(20)) }?.code == .timedOut ? 0 : 1
        }
        #expect(ended == .exited(code: 0))
        holder.signal(9)
        #expect(try holder.ends())
        try queue.put(item, timeout: .seconds(5))
        _ = try queue.get(timeout: .seconds(5))
      }
    }
  }
}

/// Returns the descriptors of this process that are sockets.
private func socketDescriptors() -> Set<CInt> {
  Set(
    (3..<256 as Range<CInt>).filter { number in
      var status = stat()
      return unsafe fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    })
}

/// Returns the address of the queue with this capacity, found by its header in this process's
/// memory.
private func addressOfQueue(capacity: UInt64) -> UnsafeMutableRawPointer? {
  guard let file = unsafe fopen("/proc/self/maps", "r") else { return nil }
  defer { unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 600)
  while unsafe fgets(&line, 600, file) != nil {
    let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard text.contains(" rw-s "), text.contains("memfd:") else { continue }
    let range = text.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
    guard range.count == 2 else { continue }
    for address in stride(from: range[0], to: range[1] - 128, by: 64) {
      // SAFETY: the address is in a readable mapping, more than 128 bytes before its end.
      let words = unsafe UnsafeMutableRawPointer(bitPattern: address)!
      if unsafe words.load(as: UInt64.self) == 0x0131_5545_5551_4853,
        unsafe words.load(fromByteOffset: 16, as: UInt64.self) == capacity
      {
        return unsafe words
      }
    }
  }
  return nil
}
