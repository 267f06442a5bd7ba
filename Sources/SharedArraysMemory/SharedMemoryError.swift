public import SharedArraysSystem

/// An error of an operation on shared memory, such as creating, attaching, detaching or unlinking
/// it.
public struct SharedMemoryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The cause of an error. Future versions might add codes.
  public struct Code: Hashable, Sendable {
    let text: String

    /// A segment of this name already exists.
    public static let alreadyExists = Code(text: "a segment of this name already exists")
    /// No segment has this name.
    public static let notFound = Code(text: "no segment has this name")
    /// The text is not a valid name of a segment.
    public static let invalidName = Code(text: "this is not a valid segment name")
    /// Not enough memory is left. The description names the limit that was reached.
    public static let insufficientMemory = Code(text: "not enough memory is left")
    /// The size exceeds the maximum size of a segment.
    public static let tooLarge = Code(text: "no segment can be that large")
    /// A block has fewer bytes than an array on it needs, or no bytes at all.
    public static let tooSmall = Code(text: "the block is too small")
    /// An array on a block would start at an address that is not aligned for its elements.
    public static let misaligned = Code(text: "the elements would not be aligned")
    /// The permissions of the segment or of /dev/shm do not allow the operation.
    public static let permissionDenied = Code(text: "the permissions do not allow it")
    /// The segment belongs to another user.
    public static let foreignUser = Code(text: "the segment belongs to another user")
    /// The name leads to a symbolic link, a directory, a device, a pipe or a socket.
    public static let notARegularFile = Code(text: "the name does not lead to a regular file")
    /// The object was not created by this package, or its control page is damaged.
    public static let notASegment = Code(text: "the object has no valid control page of a segment")
    /// The segment does not hold what the caller asked for; for example, its element type differs.
    public static let mismatch = Code(text: "the segment holds something else")
    /// The process or the machine has no file descriptor left.
    public static let tooManyOpenFiles = Code(text: "no file descriptor is left")
    /// The process has no address space left.
    public static let outOfAddressSpace = Code(text: "no address space is left")
    /// /dev/shm is missing or read-only.
    public static let unavailable = Code(text: "/dev/shm is missing or read-only")
    /// Another process held the segment's lock for too long.
    public static let busy = Code(text: "another process holds the segment's lock")
    /// Views or copies of the array still use the segment.
    public static let inUse = Code(text: "views or copies of the array still use the segment")
    /// The object is in use by the maximum number of processes.
    public static let tooManyParticipants = Code(text: "no further process can use the object")
    /// A file is shorter than its header says.
    public static let truncated = Code(text: "the segment is shorter than its header says")
    /// The system reported an error that has no code of its own; see `underlying`.
    public static let system = Code(text: "a system call failed")
  }

  /// The cause of the error.
  public let code: Code
  /// The name of the segment, if one was given.
  public let name: String?
  /// Sizes or other details, as a phrase.
  public let detail: String?
  /// The system call that failed, if any.
  public let underlying: SystemError?

  package init(_ code: Code, name: String? = nil, detail: String? = nil, underlying: SystemError? = nil) {
    self.code = code
    self.name = name
    self.detail = detail
    self.underlying = underlying
  }

  /// A sentence that names the segment, the sizes involved and the system call.
  public var description: String {
    let subject = name.map { "Shared memory \"\($0.debugEscaped)\"" } ?? "Unnamed shared memory"
    var text = "\(subject): \(code.text)"
    if let detail { text += " (\(detail))" }
    text += "."
    if let underlying { text += " \(underlying.description)" }
    return text
  }
}

extension SharedMemoryError {
  /// Creates the error for a failed system call on the segment `name`.
  package init(_ error: SystemError, name: String?, detail: String? = nil) {
    let code: Code =
      switch error.code {
      case ErrorCode.exists: .alreadyExists
      case ErrorCode.noEntry: name == nil ? .unavailable : .notFound
      case ErrorCode.accessDenied, ErrorCode.notPermitted: .permissionDenied
      case ErrorCode.noSpace: .insufficientMemory
      case ErrorCode.noMemory: error.call == "mmap" ? .outOfAddressSpace : .insufficientMemory
      case ErrorCode.tooManyFiles, ErrorCode.tooManyFilesInSystem: .tooManyOpenFiles
      case ErrorCode.symbolicLinkLoop, ErrorCode.isDirectory, ErrorCode.noSuchDevice: .notARegularFile
      case ErrorCode.readOnlyFileSystem: .unavailable
      case ErrorCode.fileTooBig: .tooLarge
      default: .system
      }
    self.init(code, name: name, detail: detail, underlying: error)
  }

  init(_ error: ReservationError, name: String?, byteCount: Int) {
    switch error {
    case .insufficientMemory(let available, let limit):
      let detail = "\(byteCount) bytes requested, \(available) left in \(limit.rawValue)"
      self.init(.insufficientMemory, name: name, detail: detail)
    case .system(let error):
      self.init(error, name: name, detail: "\(byteCount) bytes requested")
    }
  }
}

/// Runs system calls on the segment `name` and translates their failures to `SharedMemoryError`.
func translatingErrors<Result: ~Copyable>(
  of name: String?, _ body: () throws(SystemError) -> Result
) throws(SharedMemoryError) -> Result {
  do throws(SystemError) { return try body() } catch { throw SharedMemoryError(error, name: name) }
}

extension String {
  /// The text with control characters escaped.
  fileprivate var debugEscaped: String { String(debugDescription.dropFirst().dropLast()) }
}
