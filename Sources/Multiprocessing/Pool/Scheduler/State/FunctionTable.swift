internal import SharedArraysSystem

/// The functions that a pool has called, with the numbers by which its workers know them. It is
/// used under the pool's lock.
///
/// Finding a type by its name takes longer than most tasks, so a worker does that once for each
/// number.
struct FunctionTable {
  private var numbers: [ObjectIdentifier: Int] = [:]
  private var names: [ObjectIdentifier: String] = [:]
  private var latest: (key: ObjectIdentifier, number: Int)?

  /// Returns the number of a function, if the workers can know it already.
  func number(of function: ObjectIdentifier) -> Int? { numbers[function] }

  /// Returns the number of a function as ``number(of:)`` does. The latest function takes the
  /// shortest time.
  mutating func recentNumber(of function: ObjectIdentifier) -> Int? {
    if let latest, latest.key == function { return latest.number }
    guard let number = numbers[function] else { return nil }
    latest = (function, number)
    return number
  }

  /// Returns the name of a function that has been kept by ``keep(_:of:)``.
  func name(of function: ObjectIdentifier) -> String? { names[function] }

  mutating func keep(_ name: String, of function: ObjectIdentifier) { names[function] = name }

  /// Gives the function to which a pool is bound the number 0. Workers are forked with it and need
  /// no name.
  mutating func bind(_ function: ObjectIdentifier) {
    numbers[function] = 0
    names[function] = ""
  }

  /// Gives a new function the next number, and publishes its name to the workers.
  ///
  /// - Throws: `SystemError` if no number or no memory for the name is left.
  mutating func add(
    _ function: ObjectIdentifier, _ name: String, memoryOf jobs: inout JobTable
  ) throws(SystemError) -> Int {
    let number = numbers.count
    guard number < PoolRegion.mostFunctions else {
      throw SystemError(call: "fallocate", code: ErrorCode.noMemory)
    }
    let bytes = Array(name.utf8)
    let place = try jobs.takeMemory(bytes.count).lowerBound
    for (index, byte) in bytes.enumerated() {
      // SAFETY: this number of bytes has just been allocated at the place.
      unsafe (jobs.region.base + place + index).storeBytes(of: byte, as: UInt8.self)
    }
    jobs.region.setFunction(number, at: place, count: bytes.count)
    numbers[function] = number
    return number
  }
}
