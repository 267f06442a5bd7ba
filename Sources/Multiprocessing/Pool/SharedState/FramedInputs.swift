internal import SharedArraysSystem
internal import SharedArraysTransfer

/// Encoded inputs in the memory of a pool: the ID of the process that holds their descriptors, an
/// entry for each chunk, then the bytes.
///
/// An entry holds the offset and length of the chunk's message, and the offset and count of its
/// descriptor numbers. The descriptors stay open in the parent until the job has ended. A worker
/// reopens them through the parent's `/proc/PID/fd`.
enum FramedInputs {
  static let headByteCount = 64
  static let entryByteCount = 32

  static func byteCount(_ boxes: [EncodedMessage]) -> Int {
    boxes.reduce(headByteCount + boxes.count * entryByteCount) { sum, box in
      sum + roundUp(box.message.byteCount, to: 8) + box.message.descriptorCount * 8
    }
  }

  static func write(_ boxes: [EncodedMessage], at start: Int, in region: PoolRegion) {
    unsafe (region.base + start).storeBytes(of: currentProcess(), as: Int.self)
    var place = start + headByteCount + boxes.count * entryByteCount
    for (index, box) in boxes.enumerated() {
      let entry = unsafe region.base + start + headByteCount + index * entryByteCount
      unsafe copyBytes(of: box.message, to: region.base + place)
      unsafe entry.storeBytes(of: place, as: Int.self)
      unsafe entry.storeBytes(of: box.message.byteCount, toByteOffset: 8, as: Int.self)
      place += roundUp(box.message.byteCount, to: 8)
      let descriptors = box.message.rawDescriptors
      unsafe entry.storeBytes(of: place, toByteOffset: 16, as: Int.self)
      unsafe entry.storeBytes(of: descriptors.count, toByteOffset: 24, as: Int.self)
      for descriptor in descriptors {
        unsafe (region.base + place).storeBytes(of: Int(descriptor), as: Int.self)
        place += 8
      }
    }
  }

  /// Returns the message of a chunk, in a worker.
  static func message(_ chunk: Int, at start: Int, in region: PoolRegion) throws -> TransferMessage {
    let parent = unsafe (region.base + start).load(as: Int.self)
    let entry = unsafe region.base + start + headByteCount + chunk * entryByteCount
    let place = unsafe entry.load(as: Int.self)
    let count = unsafe entry.load(fromByteOffset: 8, as: Int.self)
    let numbers = unsafe entry.load(fromByteOffset: 16, as: Int.self)
    let descriptorCount = unsafe entry.load(fromByteOffset: 24, as: Int.self)
    var descriptors = DescriptorList()
    for index in 0..<descriptorCount {
      let number = unsafe (region.base + numbers + index * 8).load(as: Int.self)
      _ = descriptors.append(try open("/proc/\(parent)/fd/\(number)"))
    }
    // SAFETY: the bytes do not change while this worker is engaged with the job.
    let bytes = unsafe RawSpan(_unsafeStart: region.base + place, byteCount: count)
    return try TransferMessage(bytes: bytes, descriptors: descriptors)
  }

  private static func open(_ path: String) throws(SystemError) -> OwnedDescriptor {
    do throws(SystemError) { return try OwnedDescriptor.openFile(path, .readWrite) } catch {
      return try OwnedDescriptor.openFile(path, .readOnly)
    }
  }
}

/// Copies the bytes of a message to a place with enough room.
func copyBytes(of message: borrowing TransferMessage, to place: UnsafeMutableRawPointer) {
  let bytes = message.bytes
  unsafe bytes.withUnsafeBytes { source in
    unsafe place.copyMemory(from: source.baseAddress!, byteCount: source.count)
  }
}

/// An encoded value that is kept as long as it is referenced.
final class EncodedMessage: Sendable {
  let message: TransferMessage

  init(_ message: consuming TransferMessage) { self.message = message }
}
