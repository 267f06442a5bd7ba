import Glibc
import SharedArraysMemory
import SharedArraysSystem

// SAFETY: the arguments are null-terminated strings and local variables, which the C functions do
// not keep.

extension Agent {
  mutating func perform(_ words: [String]) throws -> String {
    let arguments = Arguments(words)
    return try performOnSegments(arguments) ?? performOnArrays(arguments) ?? performOnProcess(arguments)
      ?? performScenario(arguments)
  }

  private mutating func performOnSegments(_ words: Arguments) throws -> String? {
    switch words.command {
    case "create":  // NAME BYTES [persistent]
      return try create(
        .named(words.text(1)), byteCount: words.number(2), isPersistent: words.has(3, "persistent"))
    case "generate":  // BYTES
      return try create(.generated, byteCount: words.number(1), isPersistent: false)
    case "unnamed":  // BYTES
      return try create(.unnamed, byteCount: words.number(1), isPersistent: false)
    case "attach":  // NAME [readOnly | copyOnWrite]
      let access: MappingAccess =
        words.has(2, "readOnly") ? .readOnly : words.has(2, "copyOnWrite") ? .copyOnWrite : .readWrite
      return try attach(words.text(1), access)
    case "open":  // NAME BYTES: attaches, or creates
      return try openOrCreate(words.text(1), byteCount: words.number(2))
    case "copy":  // NAME
      return try copy(words.text(1))
    case "hold":  // NAME SECONDS
      let text = try attach(words.text(1), .readWrite)
      sleep(UInt32(try words.number(2)))
      return text
    case "detach":  // NAME
      return try detach(words.text(1))
    case "unlink":  // NAME
      try Segment.unlink(words.text(1))
      return "unlinked"
    case "unlink-own":  // NAME: the segment that is held, if the name still refers to it
      try segment(words.text(1)).unlink()
      return "unlinked"
    case "store":  // NAME NUMBER
      try Content.word(of: segment(words.text(1))).value = words.number(2)
      return "stored"
    case "fill":  // NAME [SEED]: writes every byte; zeros without a seed
      Content.fill(try segment(words.text(1)), seed: words.count > 2 ? try words.number(2) : 0)
      return "filled"
    case "check":  // NAME SEED: checks that every byte is as `fill` wrote it
      guard Content.isFilled(try segment(words.text(1)), seed: try words.number(2)) else {
        throw AgentFailure(text: "a byte differs")
      }
      return "right"
    case "load":  // NAME
      return try "\(Content.word(of: segment(words.text(1))).value)"
    case "list":  // [PREFIX]
      let prefix = words.count > 1 ? try words.text(1) : ""
      let found = try Segment.list().filter { $0.name.hasPrefix(prefix) }
      return (["\(found.count)"] + found.map(\.name)).joined(separator: " ")
    default: return nil
    }
  }

  private mutating func performOnProcess(_ words: Arguments) throws -> String? {
    switch words.command {
    case "mark":  // makes a system call that is easy to find in a trace
      _ = unsafe access("/segment-agent-mark", 0)
      return "marked"
    case "pid": return "\(getpid())"
    case "umask":  // OCTAL
      umask(UInt32(try words.number(1, radix: 8)))
      return "set"
    case "descriptors":  // NUMBER: the limit of descriptor numbers
      var limit = try rlimit(rlim_cur: rlim_t(words.number(1)), rlim_max: 1024)
      guard unsafe setrlimit(__rlimit_resource_t(7), &limit) == 0 else {  // RLIMIT_NOFILE
        throw AgentFailure(text: "cannot set the limit of descriptors")
      }
      return "set"
    case "user":  // NUMBER: becomes that user until the process ends
      let user = UInt32(try words.number(1))
      guard setgroups(0, nil) == 0, setgid(user) == 0, setuid(user) == 0 else {
        throw AgentFailure(text: "cannot change the user")
      }
      return "set"
    case "resources":  // the numbers of descriptors and of mappings of shared memory
      let now = Resources.current()
      return "\(now.descriptors) \(now.mappings)"
    case "protection":  // NAME: the protection of its mapping
      return mappedProtection(of: "/dev/shm/" + (try words.text(1))) ?? "unmapped"
    case "fail":  // CALL ERRNO COMMAND: the call fails each time while the command runs
      let (call, code, rest) = (try words.text(1), CInt(try words.number(2)), words.words.dropFirst(3))
      guard FaultInjection.isAvailable else { throw AgentFailure(text: "this build cannot inject faults") }
      // Page and group sizes are read once per process and must not be part of the fault.
      Faults.settle()
      return try FaultInjection.failing(call, with: code, forEver: true) { try perform(Array(rest)) }
    case "draft":  // creates a hidden object and holds it until this process ends
      return try holdDraft()
    case "abandon":  // NAME BYTES: a child creates a temporary segment and dies
      try abandon(words.text(1), byteCount: words.number(2))
      return "abandoned"
    default: return nil
    }
  }

  private func performScenario(_ words: Arguments) throws -> String {
    switch words.command {
    case "faults":  // OPERATION NAME [ERRNO]: every call of the operation fails, once and for ever
      return try Faults.run(
        words.text(1), name: words.text(2), only: words.count > 3 ? CInt(words.number(3)) : nil)
    case "race":  // NAME PROCESSES ROUNDS [orphans]: all create at once
      return try Race.run(
        name: words.text(1), processes: words.number(2), rounds: words.number(3),
        overOrphans: words.has(4, "orphans"))
    case "watch":  // NAME ATTEMPTS: attaches while another process creates and unlinks
      return try Watch.run(name: words.text(1), attempts: words.number(2))
    case "churn":  // NAME CYCLES SEED: four processes attach and detach while all are killed
      return try Churn.run(name: words.text(1), cycles: words.number(2), seed: words.number(3))
    case "draw":  // NUMBER: creates this number of segments with generated names
      return try Draw.run(count: words.number(1))
    default: throw AgentFailure(text: "unknown command \(words.command)")
    }
  }
}

/// Creates a temporary segment whose only holder has died.
func abandon(_ name: String, byteCount: Int) throws {
  var child = try ChildProcess.fork(waitingUntil: Deadline(after: .seconds(10))) {
    guard let segment = try? Content.create(.named(name), byteCount: byteCount, .temporary) else { return 1 }
    withExtendedLifetime(segment) { _exit(0) }
  }
  guard child.reap() == .exited(code: 0) else { throw AgentFailure(text: "the child abandoned no segment") }
}
