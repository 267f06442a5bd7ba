import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: the C functions get pointers to local variables and arrays, with the arrays' sizes, and
// keep none of them. `descriptors` has room for the most descriptors of a message.

/// `CONNECTION_MUTANTS` in the environment sets the number of damaged messages to receive.
private let mutants = environmentNumber("CONNECTION_MUTANTS", or: 20_000)

/// Messages from a peer that violates the protocol.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ConnectionHostileTests {
  @Test func `damaged messages are refused or decoded, and the next one arrives`() throws {
    let (a, b) = try Connection.pair()
    let small = TransferLimits(byteCount: 1 << 20)
    var dice = Dice(state: 17)
    let samples = try Sample.all()
    var accepted = 0
    for _ in 0..<mutants {
      let sample = samples[dice.roll(samples.count)]
      var bytes = sample.bytes
      for _ in 0...dice.roll(4) {
        switch dice.roll(4) {
        case 0: bytes = Array(bytes.prefix(dice.roll(bytes.count + 1)))
        case 1: bytes += (0..<dice.roll(20)).map { _ in UInt8(dice.roll(256)) }
        default: if !bytes.isEmpty { bytes[dice.roll(bytes.count)] = UInt8(dice.roll(256)) }
        }
      }
      if bytes.isEmpty { bytes = [0] }
      try sendRaw(bytes, over: a)
      let error = connectionError { try sample.receive(b, small) }
      if let error {
        let expected: [ConnectionError.Code] = [.corrupt, .wrongType, .tooLarge, .notTransferable]
        #expect(expected.contains(error.code), "\(error)")
      } else {
        accepted += 1
      }
    }
    #expect(accepted > 0 && accepted < mutants)
    try a.send(1)
    #expect(try b.receive(Int.self) == 1)
  }

  @Test(arguments: MemoryTrick.allCases)
  func `memory that is mutable, too short, missing, or another kind of file is refused`(trick: MemoryTrick)
    throws
  {
    let (a, b) = try Connection.pair()
    let byteCount = 100_000
    let head = head(inMemory: true, bytes: trick == .lying ? byteCount + 1 : byteCount)
    try trick.withDescriptor(byteCount) { descriptor in
      try sendRaw(head, over: a, descriptors: descriptor.map { [$0] } ?? [])
    }
    let error = connectionError { _ = try b.receiveBytes(timeout: .seconds(10)) }
    if trick == .none {
      #expect(error == nil)
    } else {
      #expect(error?.code == .corrupt, "\(trick): \(String(describing: error))")
    }
    try a.send(1)
    #expect(try b.receive(Int.self) == 1)
  }

  @Test(arguments: MemoryTrick.allCases, [0, 99_999, Int.max - 1])
  func `lent memory that is missing, too short, or another kind of file is refused`(
    trick: MemoryTrick, offset: Int
  )
    throws
  {
    let (a, b) = try Connection.pair()
    let byteCount = 1_000
    let head = words([0x5348_4143_0001_0006, UInt64(byteCount), UInt64(offset), 99_998])
    try trick.withDescriptor(100_000) { descriptor in
      try sendRaw(head, over: a, descriptors: descriptor.map { [$0] } ?? [])
    }
    let error = connectionError { _ = try b.receiveBytes(timeout: .seconds(10)) }
    // Memory that can still change and has never been written may also be lent: only its size must
    // be fixed.
    if offset == 0, [.none, .sizeOnly, .sparse, .short, .lying].contains(trick) {
      #expect(error == nil, "\(trick)")
    } else {
      #expect(error?.code == .corrupt, "\(trick): \(String(describing: error))")
    }
    try a.send(1)
    #expect(try b.receive(Int.self) == 1)
  }

  @Test func `a size beyond all memory is refused, and nothing is reserved for it`() throws {
    let (a, b) = try Connection.pair()
    for count in [Int.max, 1 << 50, 1 << 31] {
      try sendRaw(head(inMemory: true, bytes: count), over: a)
      #expect(connectionError { _ = try b.receiveBytes() }?.code == .tooLarge)
      try sendRaw(head(inMemory: true, bytes: count), over: a)
      let most = TransferLimits(byteCount: .max)
      #expect(connectionError { _ = try b.receiveBytes(limits: most) }?.code == .corrupt)
      try sendRaw(head(inMemory: false, bytes: count), over: a)
      #expect(connectionError { _ = try b.receiveBytes(limits: most) }?.code == .corrupt)
    }
    try sendRaw([UInt8](repeating: 1, count: 70_000), over: a)
    #expect(connectionError { _ = try b.receiveBytes() }?.code == .corrupt)
  }

  @Test func `the receiver refuses an end that is no socket of the right kind`() throws {
    let (a, b) = try Connection.pair()
    for kind in 0..<4 {
      try a.send(FalseEnd(kind: kind))
      let error = connectionError { _ = try b.receive(FalseEnd.Received.self) }
      #expect(error?.code == .notTransferable && error?.transfer?.code == .invalidValue, "kind \(kind)")
    }
  }

  @Test func `descriptors beyond the receiver's limit are an error, and later messages arrive`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let termination = try forkedChild {
          guard let (a, b) = try? Connection.pair(), let (c, d) = try? Connection.pair(),
            (try? a.send([c, d])) != nil, (try? a.send(1)) != nil
          else { return 1 }
          var limit = rlimit(rlim_cur: 0, rlim_max: 0)
          unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
          let usual = limit.rlim_cur
          let next = dup(0)
          close(next)
          limit.rlim_cur = rlim_t(next + 1)
          unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
          let error = connectionError { _ = try b.receive([Connection].self) }
          limit.rlim_cur = usual
          unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
          guard error?.code == .corrupt else { return 2 }
          return (try? b.receive(Int.self)) == 1 ? 0 : 3
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test(.needsFaultInjection)
  func `a failed system call is an error with the system's reason`() throws {
    let (a, b) = try Connection.pair()
    let large = patterned(100_000)
    for (call, code) in [
      ("memfd_create", EMFILE), ("pwrite", ENOSPC), ("fcntl(F_ADD_SEALS)", EBUSY), ("sendmsg", ENOBUFS),
    ] {
      // For ever: after a single failure the message would cross without lent memory, in memory of
      // its own.
      let error = FaultInjection.failing(call, with: code, forEver: true) {
        connectionError { try a.send(large) }
      }
      #expect(
        error?.code == (code == ENOSPC ? .insufficientMemory : .system) && error?.underlying?.code == code)
    }
    // Where the socket refuses large messages, they are sent another way.
    try FaultInjection.failing("sendmsg", with: EMSGSIZE) { try a.send(5) }
    try FaultInjection.failing("sendmsg", with: EMSGSIZE) { try a.send(large) }
    #expect(try b.receive(Int.self) == 5 && b.receive([UInt8].self) == large)
    // An end that cannot lend sends without lending.
    let (c, d) = try Connection.pair()
    try FaultInjection.failing("fcntl(F_ADD_SEALS)", with: EBUSY) { try c.send(large) }
    #expect(try d.receive([UInt8].self) == large)
    let veryLarge = patterned(5 << 20)
    try a.send(veryLarge)
    let error = FaultInjection.failing("mmap", with: ENOMEM) {
      connectionError { _ = try b.receive([UInt8].self) }
    }
    #expect(error?.code == .insufficientMemory)
    try a.send(large)
    #expect(
      FaultInjection.failing("pread", with: EIO) { connectionError { _ = try b.receive([UInt8].self) } }?.code
        == .system)
    for call in ["socketpair", "setsockopt"] {
      let error = FaultInjection.failing(call, with: EMFILE) { connectionError { _ = try Connection.pair() } }
      #expect(error?.code == .system && error?.underlying?.code == EMFILE)
    }
    try a.send(1)
    #expect(try b.receive(Int.self) == 1)
  }
}

// MARK: - Hand-made messages

private func head(inMemory: Bool, bytes: Int) -> [UInt8] {
  let mark: UInt64 = 0x5348_4143_0001_0002
  return words([inMemory ? mark | 1 : mark, UInt64(bytes)])
}

private func words(_ words: [UInt64]) -> [UInt8] {
  words.flatMap { word in
    (0..<8).map { (index: UInt64) -> UInt8 in UInt8(truncatingIfNeeded: word >> (8 * index)) }
  }
}

private func sendRaw(_ bytes: [UInt8], over connection: Connection, descriptors: [CInt] = []) throws {
  try unsafe bytes.withUnsafeBytes { bytes in
    try unsafe BorrowedSocket(connection.pollableDescriptor).send(
      bytes, UnsafeRawBufferPointer(start: nil, count: 0), descriptors: descriptors, .none)
  }
}

/// The bytes of a message as they are sent, and a function that receives its type.
private struct Sample {
  var bytes: [UInt8]
  var receive: (Connection, TransferLimits) throws -> Void

  init<Value: Transferable>(_ value: Value) throws {
    let (a, b) = try Connection.pair()
    try a.send(value)
    var room = [UInt8](repeating: 0, count: 1 << 16)
    var descriptors = [CInt](repeating: -1, count: OwnedDescriptor.mostDescriptors)
    let arrival = try unsafe room.withUnsafeMutableBytes { room in
      try unsafe BorrowedSocket(b.pollableDescriptor).receive(into: room, descriptors: &descriptors, .none)
    }
    bytes = Array(room[..<arrival.byteCount])
    receive = { connection, limits in _ = try connection.receive(Value.self, timeout: .zero, limits: limits) }
  }

  static func all() throws -> [Sample] {
    [
      try Sample(1), try Sample("text"), try Sample([1.5, 2]), try Sample(["a": [1, 2]]),
      try Sample(Order(name: "n", numbers: [1, 2], options: ["a": 1, "b": nil])),
      try Sample(CheckedFrame(writer: 1, number: 2, byteCount: 50)), try Sample([NoValue(), NoValue()]),
    ]
  }
}

enum MemoryTrick: String, CaseIterable {
  case none, missing, unsealed, sizeOnly, sparse, short, lying, pipe, file, socket

  func withDescriptor(_ byteCount: Int, _ body: (CInt?) throws -> Void) throws {
    switch self {
    case .missing: return try body(nil)
    case .pipe, .socket:
      var ends: [CInt] = [-1, -1]
      if self == .pipe {
        unsafe Glibc.pipe(&ends)
      } else {
        unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
      }
      defer { for end in ends { close(end) } }
      try body(ends[0])
    case .file:
      let file = unsafe open("/proc/self/exe", O_RDONLY)
      defer { close(file) }
      try body(file)
    default:
      let memory = try OwnedDescriptor.anonymousMemory(label: "trick")
      let count = self == .short ? byteCount - 1 : byteCount
      if self == .sparse {
        try memory.setSize(count)
      } else {
        try unsafe patterned(count).withUnsafeBytes { try unsafe memory.write($0, at: 0) }
      }
      if self == .sizeOnly { try memory.sealSize() } else if self != .unsealed { try memory.sealContents() }
      try body(memory.rawValue)
    }
  }
}

/// Encodes as a connection's end does, with a descriptor of another kind.
private struct FalseEnd: Transferable {
  var kind: Int

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    var ends: [CInt] = [-1, -1]
    switch kind {
    case 0: unsafe Glibc.pipe(&ends)
    case 1: unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
    case 2: ends[0] = Glibc.socket(AF_UNIX, CInt(SOCK_SEQPACKET.rawValue), 0)
    default: unsafe socketpair(AF_UNIX, CInt(SOCK_SEQPACKET.rawValue), 0, &ends)
    }
    defer { for end in ends where end >= 0 { close(end) } }
    // The last kind is right, but its direction is invalid.
    try writer.encode(UInt8(kind == 3 ? 0 : 3))
    try writer.encode(try writer.attach(descriptor: ends[0]))
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> FalseEnd {
    _ = try Connection.decode(from: &reader)
    return FalseEnd(kind: -1)
  }

  typealias Received = FalseEnd
}
