import ArgumentParser
import SharedArrays

/// A command that prints a line for each object in /dev/shm.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the objects in /dev/shm: arrays and the files of other programs.",
    discussion: """
      Example: sharedarray list

      Nothing is attached, locked or removed. RESIDENT is the memory an object occupies, PIDS the processes \
      that map it, as far as this user may see them. A temporary array that no process maps is "unused": \
      `sharedarray gc` removes it. KIND is one of: \(ForeignKind.documentation).

      --json prints an object with the keys objects, a list of objects with the keys name, kind, dtype, \
      shape, bytes, allocatedBytes, processes, ageSeconds, lifetime and owner (dtype, shape and lifetime \
      only if they are known), and the key gaps, a sentence about processes that could not be seen, if any.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let objects = try SharedMemoryObject.all()
    let mappings = try SharedMemoryObject.mappings()
    if json {
      return try printJSON(
        Listing(objects: objects.map { Listing.Entry($0, mappings) }, gaps: mappings.gaps))
    }
    guard !objects.isEmpty else { return print("/dev/shm is empty.") }
    let header = ["NAME", "KIND", "DTYPE", "SHAPE", "SIZE", "RESIDENT", "PIDS", "AGE", "LIFETIME"]
    print(table(header, objects.map { Self.row($0, mappings) }, rightAligned: [4, 5, 7]))
    if let gaps = mappings.gaps { print(gaps) }
  }

  private static func row(_ object: SharedMemoryObject, _ mappings: ProcessMappings) -> [String] {
    let processes = mappings.processes[object.status.identity] ?? []
    let shown = processes.prefix(4).map(String.init).joined(separator: ",")
    var lifetime = object.array?.segment.lifetime.text ?? "-"
    if lifetime == "temporary", processes.isEmpty, mappings.gaps == nil { lifetime += ", unused" }
    return [
      object.name.escaped, object.kind, object.elementType?.name ?? "-",
      object.shape.map(readable(shape:)) ?? "-", readable(byteCount: object.status.byteCount),
      readable(byteCount: object.status.allocatedByteCount),
      processes.isEmpty ? "-" : shown + (processes.count > 4 ? ",… (\(processes.count))" : ""),
      readable(seconds: object.age), lifetime,
    ]
  }
}

extension SegmentLifetime {
  /// The user-visible name of the lifetime.
  var text: String {
    switch self {
    case .temporary: "temporary"
    case .persistent: "persistent"
    }
  }
}

/// The output of `list --json`.
private struct Listing: Encodable {
  struct Entry: Encodable {
    let name, kind: String
    let dtype: String?
    let shape: [Int]?
    let bytes, allocatedBytes: Int
    let processes: [Int]
    let ageSeconds: Int
    let lifetime: String?
    let owner: UInt32

    init(_ object: SharedMemoryObject, _ mappings: ProcessMappings) {
      name = object.name
      kind = object.kind
      dtype = object.elementType?.name
      shape = object.shape
      bytes = object.status.byteCount
      allocatedBytes = object.status.allocatedByteCount
      processes = mappings.processes[object.status.identity] ?? []
      ageSeconds = object.age
      lifetime = object.array?.segment.lifetime.text
      owner = object.status.owner
    }
  }

  let objects: [Entry]
  let gaps: String?
}
