internal import SharedArraysSystem

/// The memory of an object that is being made: sized, mapped and reserved, and not yet anybody else's.
struct NewMemory: ~Copyable {
  let mapping: MemoryMapping
  let identity: FileIdentity
  /// Bytes from the start that lie in huge pages.
  let hugePageByteCount: Int

  /// Takes `byteCount` bytes, all zero, for the object behind `descriptor`.
  ///
  /// - Parameter name: what the object is to be called, for errors.
  /// - Throws: `insufficientSpace` with the sizes, or a limit of the system's.
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
