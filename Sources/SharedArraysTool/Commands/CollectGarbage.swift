import ArgumentParser
import SharedArrays

/// A command that removes the arrays and drafts that killed processes left.
struct CollectGarbage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Removes temporary arrays that no process uses, and drafts of killed creators.",
    discussion: """
      Example: sharedarray gc --dry-run

      An array is removed if no process holds its lock and no process maps it (programs in other languages \
      take no lock). If a process that could map it cannot be seen, for example from inside a container, the \
      kernel decides: an array that no process has open or mapped is removed; any other is kept, unless \
      --trust-locks is given. Persistent arrays, blocks, other users' arrays and files of other programs are \
      never touched.

      --json prints an object with the key segments, a list of objects with the keys name, kind (array or \
      draft), allocatedBytes, outcome (removed, removable or kept), reason (if kept: persistent, held, \
      mapped, unseen, foreignUser or failed), explanation and processes.
      """)

  @Flag(help: "Remove nothing, only print what would be removed.")
  var dryRun = false

  @Flag(help: "Let the locks alone decide if some processes cannot be seen.")
  var trustLocks = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let entries = try GarbageCollection.run(isTrial: dryRun, trustsLocks: trustLocks)
    if json { return try printJSON(Listing(segments: entries.map(Listing.Entry.init))) }
    for entry in entries {
      let size = readable(byteCount: entry.allocatedByteCount)
      print("\(entry.verb) \(entry.name.escaped) (\(size)): \(entry.explanation)")
    }
    let freed = entries.filter { $0.outcome == .removed || $0.outcome == .removable }
    let bytes = readable(byteCount: freed.map(\.allocatedByteCount).reduce(0, +))
    if entries.isEmpty { print("/dev/shm contains no arrays of this package.") }
    if !entries.isEmpty {
      print("\(dryRun ? "Removable" : "Removed"): \(freed.count) of \(entries.count), \(bytes).")
    }
  }
}

/// The output of `gc --json`.
private struct Listing: Encodable {
  struct Entry: Encodable {
    let name, kind: String
    let allocatedBytes: Int
    let outcome: String
    let reason: String?
    let explanation: String
    let processes: [Int]

    init(_ entry: GarbageCollection.Entry) {
      name = entry.name
      kind = entry.isDraft ? "draft" : "array"
      allocatedBytes = entry.allocatedByteCount
      outcome = entry.verb
      reason = if case .kept(let reason) = entry.outcome { reason.word } else { nil }
      explanation = entry.explanation
      processes = entry.processes
    }
  }

  let segments: [Entry]
}

extension GarbageCollection.Entry {
  fileprivate var verb: String {
    switch outcome {
    case .removed: "removed"
    case .removable: "removable"
    case .kept: "kept"
    }
  }

  fileprivate var explanation: String {
    guard case .kept(let reason) = outcome else {
      return isDraft ? "its creator was killed before naming it" : "no process uses it"
    }
    let list = processes.map(String.init).joined(separator: ", ")
    return switch reason {
    case .persistent: "it is persistent, and exists until it is unlinked"
    case .held: processes.isEmpty ? "a process that cannot be seen holds it" : "in use by process \(list)"
    case .mapped: "process \(list) maps it without a lock"
    case .unseen(let why): "it might be in use: \(why)"
    case .foreignUser: "it belongs to another user"
    case .failed(let error): error.sentence
    }
  }
}

extension GarbageCollection.Reason {
  fileprivate var word: String {
    switch self {
    case .persistent: "persistent"
    case .held: "held"
    case .mapped: "mapped"
    case .unseen: "unseen"
    case .foreignUser: "foreignUser"
    case .failed: "failed"
    }
  }
}
