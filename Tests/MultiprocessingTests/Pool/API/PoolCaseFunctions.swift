import Glibc
import Multiprocessing
import SharedArraysTransfer
import TestSupport

// Work functions with which workers harm themselves and each other.

/// A kind of failure in a worker, and the place where it happens.
struct Fault: Codable, Hashable {
  enum Place: Int, Codable, CaseIterable { case decodingInput, calling, encodingOutput }
  enum Kind: Int, Codable, CaseIterable { case error, kill, segmentation, abort, exit, trap }

  var place: Place
  var kind: Kind

  struct Thrown: Error {}

  /// Causes the fault, in a worker.
  func strike() throws {
    switch kind {
    case .error: throw Thrown()
    case .kill: kill(getpid(), SIGKILL)
    case .segmentation: kill(getpid(), SIGSEGV)
    case .abort: abort()
    case .exit: exit(0)
    case .trap: fatalError("a trap requested by a test")
    }
  }
}

/// A value that causes a fault while it is transferred.
struct Fragile: Transferable {
  var fault: Fault?
  var home = Int(getpid())

  private func strike(_ place: Fault.Place) throws(TransferError) {
    guard let fault, fault.place == place, Int(getpid()) != home else { return }
    do { try fault.strike() } catch { throw TransferError(invalidValue: "on its way") }
  }

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try strike(.encodingOutput)
    try writer.encode(home)
    try writer.encode(fault.map { [$0.place.rawValue, $0.kind.rawValue] } ?? [])
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Fragile {
    let home = try reader.decode(Int.self)
    let numbers = try reader.decode([Int].self)
    var value = Fragile(fault: nil, home: home)
    if numbers.count == 2, let place = Fault.Place(rawValue: numbers[0]),
      let kind = Fault.Kind(rawValue: numbers[1])
    {
      value.fault = Fault(place: place, kind: kind)
    }
    try value.strike(.decodingInput)
    return value
  }
}

enum PassFragile: WorkFunction {
  static func call(_ value: Fragile) throws -> Fragile {
    if let fault = value.fault, fault.place == .calling { try fault.strike() }
    return value
  }
}

/// Returns this number of bytes.
enum Bytes: WorkFunction {
  static func call(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(count & 255), count: count) }
}

/// Kills one of the given processes unless the number is 0, and returns the number.
enum KillOne: WorkFunction {
  static func call(_ input: TransferPair<Int, [Int]>) -> Int {
    if input.first > 0, !input.second.isEmpty {
      kill(pid_t(input.second[input.first % input.second.count]), SIGKILL)
    }
    return input.first
  }
}
