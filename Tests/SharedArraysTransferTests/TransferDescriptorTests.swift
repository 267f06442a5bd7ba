import Glibc
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

/// File descriptors that are sent with a value.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct TransferDescriptorTests {
  @Test func `a descriptor arrives as another one of the same file`() throws {
    let file = try OpenFile()
    let message = try TransferMessage(encoding: [Handle(file, "a"), Handle(file, "b")])
    #expect(message.descriptorCount == 2)
    #expect(message.rawDescriptors.allSatisfy { $0 != file.descriptor && fcntl($0, F_GETFD) == FD_CLOEXEC })
    let handles = try passed(message).decode(as: [Handle].self)
    #expect(handles.map(\.name) == ["a", "b"])
    #expect(handles.allSatisfy { $0.file.identity == file.identity && $0.file.descriptor != file.descriptor })
  }

  @Test func `a type with a descriptor can be part of Codable types, in any container`() throws {
    let file = try OpenFile()
    let value = Boxed(value: ["x": [Handle(file, "a")], "y": []])
    let back = try passed(TransferMessage(encoding: value)).decode(as: Boxed<[String: [Handle]]>.self).value
    #expect(back["x"]?.map(\.name) == ["a"] && back["y"]?.isEmpty == true)
    #expect(back["x"]?.first?.file.identity == file.identity)
    let cases = [Choice.handle(Handle(file, "b"), others: [Handle(file, "c")]), .none]
    let choices = try passed(TransferMessage(encoding: Boxed(value: cases))).decode(as: Boxed<[Choice]>.self)
    guard case .handle(let handle, let others) = choices.value[0], case .none = choices.value[1] else {
      return #expect(choices.value.isEmpty)
    }
    #expect(handle.name == "b" && others.map(\.name) == ["c"])
    #expect(handle.file.identity == file.identity && others[0].file.identity == file.identity)
  }

  @Test func `other coders refuse a value with a descriptor`() throws {
    let handle = Handle(try OpenFile(), "a")
    #expect(throws: EncodingError.self) { try ForeignEncoder().encode(handle) }
  }

  @Test func `more descriptors than the limit are refused`() throws {
    let handle = Handle(try OpenFile(), "")
    let limits = TransferLimits(descriptorCount: 3)
    let (three, four) = ([handle, handle, handle], [handle, handle, handle, handle])
    #expect(transferCode { _ = try TransferMessage(encoding: four, limits: limits) } == .tooManyDescriptors)
    #expect(try TransferMessage(encoding: three, limits: limits).descriptorCount == 3)
    let many = [Handle](repeating: handle, count: 254)
    #expect(transferCode { _ = try TransferMessage(encoding: many) } == .tooManyDescriptors)
  }

  @Test func `a descriptor that was not received, or was taken before, is missing`() throws {
    let handle = Handle(try OpenFile(), "a")
    let bytes = try messageBytes(handle)
    #expect(transferCode { _ = try decode(Handle.self, from: bytes) } == .missingDescriptor)
    #expect(
      transferCode { _ = try passed(TransferMessage(encoding: Twice(handle: handle))).decode(as: Twice.self) }
        == .missingDescriptor)
  }

  @Test func `an invalid descriptor cannot be attached`() {
    let error = #expect(throws: TransferError.self) {
      _ = try TransferMessage(encoding: Handle(OpenFile(owning: -1), ""))
    }
    #expect(error?.code == .system && error?.underlying?.code == EBADF)
  }

  @Test func `a message leaks nothing, wherever it is dropped`() throws {
    let termination = try forkedChild {
      guard let file = try? OpenFile() else { return 1 }
      let (handle, none) = (Handle(file, "a"), Handle(OpenFile(owning: -1), ""))
      let refused = [handle, Handle(file, "refused"), handle]
      let before = openDescriptors()
      for _ in 0..<20 {
        // Never sent.
        _ = try? TransferMessage(encoding: [handle, handle])
        if openDescriptors() != before { return 2 }
        // Encoding fails after one handle, in its own code and through Codable.
        if (try? TransferMessage(encoding: [handle, none])) != nil { return 3 }
        if (try? TransferMessage(encoding: Boxed(value: [Choice.handle(handle, others: [none])]))) != nil {
          return 4
        }
        if openDescriptors() != before { return 5 }
        // Decoding fails after one handle, in its own code and through Codable.
        if (try? TransferMessage(encoding: refused).decode(as: [Handle].self)) != nil { return 6 }
        if (try? TransferMessage(encoding: Boxed(value: refused)).decode(as: Boxed<[Handle]>.self)) != nil {
          return 7
        }
        if openDescriptors() != before { return 8 }
        // The message has another type; the receiver takes none of the descriptors.
        if (try? TransferMessage(encoding: [handle]).decode(as: String.self)) != nil { return 9 }
        if (try? TransferMessage(encoding: Unread(handle: handle)).decode(as: Unread.self)) == nil {
          return 10
        }
        if openDescriptors() != before { return 11 }
      }
      return 0
    }
    #expect(termination == .exited(code: 0))
  }
}

/// Returns the message as another process would receive it: its bytes, and other descriptors of its
/// files.
private func passed(_ message: borrowing TransferMessage) throws -> TransferMessage {
  var descriptors = DescriptorList()
  for descriptor in message.rawDescriptors {
    _ = descriptors.append(try OwnedDescriptor(duplicating: descriptor))
  }
  return try TransferMessage(bytes: message.bytes, descriptors: descriptors)
}

/// A descriptor that is closed with its last reference.
private final class OpenFile: Sendable {
  let descriptor: CInt

  init(owning descriptor: CInt) { self.descriptor = descriptor }

  convenience init() throws(SystemError) {
    self.init(owning: try OwnedDescriptor.anonymousMemory(label: "transfer").release())
  }

  deinit { close(descriptor) }

  var identity: FileIdentity? {
    let borrowed = OwnedDescriptor(owning: descriptor)
    let identity = try? borrowed.status().identity
    _ = borrowed.release()
    return identity
  }
}

private struct Handle: Transferable, Codable {
  let file: OpenFile
  let name: String

  init(_ file: OpenFile, _ name: String) { (self.file, self.name) = (file, name) }

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(count: writer.attach(descriptor: file.descriptor))
    try writer.encode(name)
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Handle {
    let file = OpenFile(owning: try reader.takeDescriptor(at: try reader.decodeCount()))
    let name = try reader.decode(String.self)
    if name == "refused" { throw TransferError(invalidValue: "a handle that is refused") }
    return Handle(file, name)
  }

  init(from decoder: any Decoder) throws { self = try decoder.decodeTransferable(Handle.self) }
  func encode(to encoder: any Encoder) throws { try encoder.encodeTransferable(self) }
}

private enum Choice: Codable, Transferable {
  case handle(Handle, others: [Handle])
  case none
}

/// Takes its descriptor twice.
private struct Twice: Transferable {
  var handle: Handle

  func encode(into writer: inout TransferWriter) throws(TransferError) { try writer.encode(handle) }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Twice {
    let index = try reader.decodeCount()
    let first = OpenFile(owning: try reader.takeDescriptor(at: index))
    _ = OpenFile(owning: try reader.takeDescriptor(at: index))
    return Twice(handle: Handle(first, try reader.decode(String.self)))
  }
}

/// Leaves its descriptor with the message.
private struct Unread: Transferable {
  var handle: Handle

  func encode(into writer: inout TransferWriter) throws(TransferError) { try writer.encode(handle) }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Unread {
    _ = try reader.decodeCount()
    return Unread(handle: Handle(OpenFile(owning: -1), try reader.decode(String.self)))
  }
}

/// An encoder that is not from this package.
private struct ForeignEncoder: Encoder {
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func encode(_ value: some Encodable) throws { try value.encode(to: self) }
  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> { fatalError() }
  func unkeyedContainer() -> any UnkeyedEncodingContainer { fatalError() }
  func singleValueContainer() -> any SingleValueEncodingContainer { fatalError() }
}
