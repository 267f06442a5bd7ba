import Glibc
import Multiprocessing
import SharedArraysLocks
import SharedArraysTransfer
import Synchronization

// The work functions of the pool tests.

enum Halve: WorkFunction {
  static func call(_ x: Double) -> Double { x / 2 }
}

enum Spell: WorkFunction {
  static func call(_ n: Int) -> String { String(n) }
}

enum Count: WorkFunction {
  static func call(_ order: Order) -> Int { order.name.count }
}

/// A value whose encoding fails.
struct Stubborn: Transferable {
  func encode(into writer: inout TransferWriter) throws(TransferError) {
    throw TransferError(invalidValue: "never")
  }
  static func decode(from reader: inout TransferReader) throws(TransferError) -> Stubborn { Stubborn() }
}

enum Unsendable: WorkFunction {
  static func call(_ n: Int) -> Stubborn { Stubborn() }
}

let remembered = Atomic(0)

enum Remember: WorkFunction {
  static func call(_ n: Int) -> NoValue {
    remembered.store(n, ordering: .relaxed)
    return NoValue()
  }
}

enum Recall: WorkFunction {
  static func call(_ n: Int) -> Int { remembered.load(ordering: .relaxed) }
}

enum OwnPID: WorkFunction {
  static func call(_ n: Int) -> Int { Int(getpid()) }
}

/// Returns the sum of the first cubes, computed by its own pool.
enum SumOfCubes: WorkFunction {
  static func call(_ n: Int) throws -> Int {
    let pool = try ProcessPool(workers: 1)
    defer { pool.shutdown() }
    return try pool.map(Cube.self, 1...n).reduce(0, +)
  }
}

/// Returns 200 equal numbers; the first and the last show that all were transferred.
enum Numbers: WorkFunction {
  static func call(_ count: Int) -> InlineArray<200, Int> { InlineArray(repeating: count) }
}

/// A value that can be encoded but not decoded.
struct Unreadable: Transferable {
  func encode(into writer: inout TransferWriter) throws(TransferError) { try writer.encode(1) }
  static func decode(from reader: inout TransferReader) throws(TransferError) -> Unreadable {
    throw TransferError(invalidValue: "never")
  }
}

/// Reports to a test that work has started, and lets the test end it.
struct Gate: Transferable {
  let hasBegun: SharedEvent
  let mayEnd: SharedEvent

  init() throws {
    hasBegun = try SharedEvent()
    mayEnd = try SharedEvent()
  }

  private init(_ reader: inout TransferReader) throws(TransferError) {
    hasBegun = try reader.decode()
    mayEnd = try reader.decode()
  }

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(hasBegun)
    try writer.encode(mayEnd)
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Gate { try Gate(&reader) }
}

/// Reports that it has started, and returns 7 when the gate opens.
enum Hold: WorkFunction {
  static func call(_ gate: Gate) -> Int {
    gate.hasBegun.set()
    gate.mayEnd.wait()
    return 7
  }
}
