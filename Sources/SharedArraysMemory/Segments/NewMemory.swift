internal import SharedArraysSystem

/// The memory of a new object: sized, mapped and reserved, but not yet visible to another process.
struct NewMemory: ~Copyable {
  let mapping: MemoryMapping
  let identity: FileIdentity
  /// The number of bytes from the start that are backed by huge pages.
  let hugePageByteCount: Int

  /// Sizes, maps and reserves `byteCount` zero bytes for the object behind `descriptor`.
  ///
  /// - Parameter name: The name that the object will get, for error messages.
  /// - Throws: `insufficientMemory` with the sizes, or the code of a system limit.
  static func reserve(
    _ byteCount: Int, of descriptor: borrowing OwnedDescriptor, name: String?
  ) throws(SharedMemoryError) -> NewMemory {
    do throws(ReservationError) {
      let identity = try system { () throws(SystemError) in
        try descriptor.setSize(byteCount)
        return try descriptor.status().identity
      }
      let mapping = try system { () throws(SystemError) in
        try MemoryMapping(
          of: descriptor, byteCount: byteCount, access: .readWrite,
          alignment: Reservation.alignment(for: byteCount))
      }
      let reservation = try Reservation(of: descriptor, mapping: mapping, byteCount: byteCount)
      return NewMemory(
        mapping: mapping, identity: identity, hugePageByteCount: reservation.hugePageByteCount)
    } catch {
      throw SharedMemoryError(error, name: name, byteCount: byteCount)
    }
  }

  private static func system<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
  ) throws(ReservationError) -> Result {
    do throws(SystemError) { return try body() } catch { throw .system(error) }
  }
}
