internal import SharedArraysSystem
public import SharedArraysTransfer

/// An end is transferred to another process as its descriptor. Both processes then have the end,
/// until they close it.
extension Connection: Transferable {
  /// Attaches the descriptor, and encodes the directions of this end.
  ///
  /// - Throws: `TransferError` with code `refused` if this end is closed.
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    let socket: BorrowedSocket
    do throws(ConnectionError) { socket = try core.end.beginUse() } catch {
      throw TransferError(.refused, "a closed end of a connection cannot be transferred")
    }
    defer { core.end.endUse() }
    try writer.encode(core.directions.rawValue)
    try writer.encode(try writer.attach(descriptor: socket.number))
  }

  /// Takes an end that ``encode(into:)`` has attached.
  ///
  /// - Throws: `TransferError` with code `invalidValue` if the descriptor is not an end of a
  ///   connection.
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Connection {
    let directions = ConnectionCore.Directions(rawValue: try reader.decode(UInt8.self))
    let descriptor = try reader.takeOwnedDescriptor(at: try reader.decode(Int.self))
    guard !directions.isEmpty, directions.isSubset(of: .both),
      BorrowedSocket(descriptor.rawValue).keepsBorders
    else { throw TransferError(invalidValue: "the received value is not an end of a connection") }
    do throws(ConnectionError) {
      return Connection(try ConnectionCore(descriptor, directions))
    } catch {
      throw TransferError(.system, "an end of a connection", underlying: error.underlying)
    }
  }
}

/// Support for transferred `Codable` types that contain an end. Storing an end elsewhere is an
/// error.
extension Connection: Codable {
  /// Takes an end that has been transferred.
  public convenience init(from decoder: any Decoder) throws {
    self.init(try decoder.decodeTransferable(Connection.self).core)
  }

  /// Encodes the end as a part of a transferred value.
  public func encode(to encoder: any Encoder) throws { try encoder.encodeTransferable(self) }
}
