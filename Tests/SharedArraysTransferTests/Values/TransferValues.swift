import SharedArraysTransfer
import Testing

// SAFETY: the array and the span outlive the calls, which copy their bytes.

/// Returns the value decoded from a message with the value, after the bytes have been copied.
func transferred<Value: Transferable>(
  _ value: Value, limits: TransferLimits = TransferLimits()
) throws -> Value {
  let sent = try TransferMessage(encoding: value, limits: limits)
  return try TransferMessage(bytes: sent.bytes).decode(as: Value.self, limits: limits)
}

/// Returns the bytes of a message.
func messageBytes<Value: Transferable>(
  _ value: Value, limits: TransferLimits = TransferLimits()
) throws -> [UInt8] {
  let message = try TransferMessage(encoding: value, limits: limits)
  return message.bytes.array
}

/// Returns the value of a message without descriptors.
func decode<Value: Transferable>(
  _ type: Value.Type, from bytes: [UInt8], limits: TransferLimits = TransferLimits()
) throws(TransferError) -> Value {
  try unsafe TransferMessage.decode(type, from: bytes.span.bytes, limits: limits)
}

/// Returns the code of the error that `body` throws; nil if it throws none.
func transferCode(_ body: () throws -> Void) -> TransferError.Code? {
  do {
    try body()
    return nil
  } catch let error as TransferError {
    return error.code
  } catch {
    Issue.record(error)
    return nil
  }
}

extension RawSpan {
  var array: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}

/// Expects that the value arrives unchanged.
func expectTransfer<Value: Transferable & Equatable>(
  of value: Value, _ location: SourceLocation = #_sourceLocation
) throws {
  #expect(try transferred(value) == value, sourceLocation: location)
}
