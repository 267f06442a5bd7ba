import Glibc
import SharedArraysTransfer
import Testing

// SAFETY: each block of memory is freed once, spans are only read while their messages exist, and
// only one thread of one test uses `Keeper.kept`.

@Suite(.timeLimit(.minutes(1)))
struct SinkCacheTests {
  @Test func `consecutive messages are encoded in the same memory`() throws {
    let spare = SinkCache()
    let limits = TransferLimits()
    let first = try TransferMessage(encoding: [1, 2, 3], limits: limits, in: spare)
    let place = address(of: first)
    spare.take(backFrom: first)
    // If the memory had been returned to the system, these would get it.
    let others = unsafe (0..<100).map { _ in unsafe malloc(256) }
    defer { for index in unsafe others.indices { unsafe free(others[index]) } }
    let second = try TransferMessage(encoding: "text", limits: limits, in: spare)
    #expect(address(of: second) == place)
    // A third message, made while the second exists, has its own memory.
    let third = try TransferMessage(encoding: 5, limits: limits, in: spare)
    #expect(address(of: third) != place)
    let (text, number) = (try second.decode(as: String.self), try third.decode(as: Int.self))
    #expect(text == "text" && number == 5)
  }

  @Test func `a message leaves nothing for the next one, and each has its own limits`() throws {
    let spare = SinkCache()
    let large = try TransferMessage(encoding: [Int](0..<1000), limits: TransferLimits(), in: spare)
    spare.take(backFrom: large)
    #expect(throws: TransferError.self) {
      _ = try TransferMessage(encoding: [Int](0..<1000), limits: TransferLimits(byteCount: 100), in: spare)
    }
    for count in [0, 1, 90, 2_000, 100_000] {
      let values = [Int](0..<count)
      let message = try TransferMessage(encoding: values, limits: TransferLimits(), in: spare)
      let fresh = try TransferMessage(encoding: values)
      #expect(bytes(of: message) == bytes(of: fresh))
      spare.take(backFrom: message)
    }
  }

  @Test func `an encoder that a type has kept writes into no other message`() throws {
    let spare = SinkCache()
    let first = try TransferMessage(encoding: Keeper(), limits: TransferLimits(), in: spare)
    spare.take(backFrom: first)
    let second = try TransferMessage(encoding: [7, 8], limits: TransferLimits(), in: spare)
    var container = unsafe Keeper.kept?.singleValueContainer()
    try? container?.encode("late")
    unsafe Keeper.kept = nil
    let values = try second.decode(as: [Int].self)
    #expect(values == [7, 8])
  }

  private func address(of message: borrowing TransferMessage) -> UInt {
    let span = message.bytes
    return unsafe span.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
  }

  private func bytes(of message: borrowing TransferMessage) -> [UInt8] {
    let span = message.bytes
    return unsafe span.withUnsafeBytes { unsafe Array($0) }
  }
}

private struct Keeper: Codable, Transferable {
  // Only one test uses it, on one thread.
  nonisolated(unsafe) static var kept: (any Encoder)?

  init() {}
  init(from decoder: any Decoder) throws {}

  func encode(to encoder: any Encoder) throws {
    unsafe Self.kept = encoder
    var container = encoder.singleValueContainer()
    try container.encode(1)
  }
}
