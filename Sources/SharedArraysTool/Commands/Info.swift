import ArgumentParser
import Foundation
import SharedArrays

/// A command that shows all known facts about one object.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows everything known about one object in /dev/shm.",
    discussion: """
      Example: sharedarray info temps

      Nothing is attached, locked or removed. "Resident" is the memory the object occupies; "processes" are \
      the processes that map it, as far as this user may see them.

      --json prints an object with the keys name, kind, dtype, shape, stridesBytes, dataBytes, bytes, \
      allocatedBytes, lifetime, creator, creatorState (runs, ended, or replaced if another process has its \
      process ID now), generation, header, owner, ownerName, mode, processes, ageSeconds and gaps; unknown \
      values are left out.
      """)

  @Argument(help: "The file name in /dev/shm.")
  var name: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let report = Report(try SharedMemoryObject(name), try SharedMemoryObject.mappings())
    if json { try printJSON(report) } else { print(fields(report.lines)) }
  }
}

/// The output of `info --json`.
private struct Report: Encodable {
  let name, kind: String
  let dtype: String?
  let shape, stridesBytes: [Int]?
  let dataBytes: Int?
  let bytes, allocatedBytes: Int
  let lifetime: String?
  let creator: Int?
  let creatorState: String?
  let generation, header: String?
  let owner: UInt32
  let ownerName: String?
  let mode: String
  let processes: [Int]
  let ageSeconds: Int
  let gaps: String?

  init(_ object: SharedMemoryObject, _ mappings: ProcessMappings) {
    let segment = object.array?.segment
    name = object.name
    kind = object.kind
    dtype = object.elementType?.name
    shape = object.shape
    stridesBytes = object.array.map { array in
      array.shape.rowMajorStrides.map { $0 * array.elementType.byteCount }
    }
    dataBytes = segment?.byteCount
    bytes = object.status.byteCount
    allocatedBytes = object.status.allocatedByteCount
    lifetime = segment?.lifetime.text
    creator = segment?.creator
    creatorState = segment.map { ProcessLife(of: $0.creator, at: $0.modified).rawValue }
    generation = segment.map { String($0.generation, radix: 16).leftPadded(to: 16) }
    header = object.header
    owner = object.status.owner
    ownerName = userName(object.status.owner)
    mode = String(object.status.permissions, radix: 8).leftPadded(to: 4)
    processes = mappings.processes[object.status.identity] ?? []
    ageSeconds = object.age
    gaps = mappings.gaps
  }

  var lines: [(String, String)] {
    var lines = [("name", name.escaped), ("kind", kind)]
    func add(_ label: String, _ text: String?) { if let text { lines.append((label, text)) } }
    add("dtype", dtype)
    add("shape", shape.map(readable(shape:)))
    add("strides", stridesBytes.map { readable(shape: $0) + " bytes" })
    add("data", dataBytes.map(exact))
    add("size", exact(bytes))
    add("resident", exact(allocatedBytes))
    add("lifetime", lifetime)
    add("creator", creator.map { "process \($0), which \(creatorState.map(Self.phrase) ?? "is unknown")" })
    add("generation", generation)
    add("header", header?.escapedKeepingQuotes)
    add("owner", "user \(owner)" + (ownerName.map { " (\($0))" } ?? ""))
    add("mode", mode)
    add("processes", processes.isEmpty ? "none" : processes.map(String.init).joined(separator: ", "))
    add("age", readable(seconds: ageSeconds))
    add("note", gaps)
    return lines
  }

  private func exact(_ count: Int) -> String {
    count < 1024 ? readable(byteCount: count) : "\(readable(byteCount: count)) (\(count) bytes)"
  }

  private static func phrase(_ state: String) -> String {
    switch ProcessLife(rawValue: state) {
    case .runs: "runs"
    case .ended: "has ended"
    case .replaced: "has ended; another process has its process ID now"
    case nil: "is unknown"
    }
  }
}

extension String {
  fileprivate func leftPadded(to count: Int) -> String {
    String(repeating: "0", count: max(0, count - self.count)) + self
  }

  /// The text with its quotes unescaped. Headers contain many quotes, and no control characters
  /// unless they are damaged.
  fileprivate var escapedKeepingQuotes: String {
    escaped.replacing("\\'", with: "'").replacing("\\\"", with: "\"")
  }
}

private func userName(_ user: UInt32) -> String? {
  // SAFETY: The entry and its zero-terminated name stay valid until the next call of `getpwuid`;
  // this program has one thread that calls it.
  guard let entry = unsafe getpwuid(user) else { return nil }
  return unsafe String(cString: entry.pointee.pw_name)
}
