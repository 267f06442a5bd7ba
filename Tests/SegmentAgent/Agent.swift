import Glibc
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem

/// The segments this process holds, and the operations on them.
struct Agent {
  private var held: [String: Segment] = [:]
  var arrays: [String: SharedArray<Double>] = [:]
  var blocks: [String: SharedBlock] = [:]
  var mappings: [Kept] = []

  mutating func run(_ words: [String]) -> Outcome {
    do {
      return Outcome(text: try perform(words), isError: false)
    } catch let error as SharedMemoryError {
      return Outcome(text: "error \(codeName(of: error)): \(error)", isError: true)
    } catch let error as AgentFailure {
      return Outcome(text: "error failed: \(error.text)", isError: true)
    } catch {
      return Outcome(text: "error unexpected: \(error)", isError: true)
    }
  }

  mutating func detachAll() {
    held.removeAll()
    arrays.removeAll()
    blocks.removeAll()
  }

  // MARK: Segments

  mutating func create(_ naming: Segment.Naming, byteCount: Int, isPersistent: Bool) throws -> String {
    let segment = try Content.create(naming, byteCount: byteCount, isPersistent ? .persistent : .temporary)
    held[segment.name ?? "-"] = segment
    return "created \(segment.name ?? "-") \(segment.control.generation)"
  }

  mutating func attach(_ name: String, _ access: MappingAccess) throws -> String {
    let segment = try Content.attach(name, access)
    held[name] = segment
    return "attached \(name) \(segment.control.generation) \(segment.control.dataByteCount)"
  }

  mutating func openOrCreate(_ name: String, byteCount: Int) throws -> String {
    let (segment, isNew) = try Content.openOrCreate(name, byteCount: byteCount)
    held[name] = segment
    return "\(isNew ? "created" : "attached") \(name) \(segment.control.generation)"
  }

  /// Copies a segment of any owner into an unnamed one of this process.
  mutating func copy(_ name: String) throws -> String {
    let copy = try Segment.loadCopy(of: name) { (_, byteCount) throws(SharedMemoryError) in
      try Content.create(.unnamed, byteCount: byteCount, .temporary)
    }
    held["-"] = copy
    let word = try Content.word(of: copy).value
    return "copied \(copy.control.dataByteCount) \(word)"
  }

  /// Creates the hidden file that exists during creation where the system lacks `O_TMPFILE`.
  func holdDraft() throws -> String {
    while true {
      let name = ".sharedarray-\(String(try randomBits(), radix: 16))"
      let descriptor = try OwnedDescriptor.createSharedMemory(named: name)
      // Another process might sweep the file before the lock is held.
      guard try descriptor.tryLockShared(), try descriptor.status().linkCount > 0 else { continue }
      // The duplicate stays open; the kernel closes it at exit.
      _ = try systemCall("fcntl") { fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 100) }
      return name
    }
  }

  mutating func detach(_ name: String) throws -> String {
    guard held.removeValue(forKey: name) != nil else { throw AgentFailure(text: "\(name) is not held") }
    return "detached \(name)"
  }

  func segment(_ name: String) throws -> Segment {
    guard let segment = held[name] else { throw AgentFailure(text: "\(name) is not held") }
    return segment
  }
}
