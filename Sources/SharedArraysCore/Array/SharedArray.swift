public import SharedArraysMemory
internal import SharedArraysSystem

/// An N-dimensional array whose elements stand in shared memory, or a view of one.
///
/// The struct says where the elements are; copies and views of it mean the same elements, and so do arrays
/// that other processes attach by name. The memory is detached when the last copy or view goes away.
/// Optimised code may end the life of a variable after its last use: a program that only keeps an array for
/// others writes `withExtendedLifetime(array) { … }`, or makes it `.persistent`.
///
/// Writing through one copy is seen through all others. Two processes, or threads, that use the same element
/// while one of them writes it must agree on an order themselves, as for any shared memory.
///
/// Caveats: a forked child inherits the mapping. A process of the same user that shrinks a named file under
/// `/dev/shm` makes every later access to the lost part SIGBUS; unnamed arrays are sealed against that.
@frozen
public struct SharedArray<Element: SharedArrayElement>: StridedArray {
  public let storage: ArrayStorage<Element>

  @inlinable
  public init(storage: ArrayStorage<Element>) { self.storage = storage }

  /// Creates an unnamed array of zeros. Forked children inherit it; no other process can find it, and nothing
  /// is left of it when all of them have ended.
  ///
  /// - Throws: ``SharedMemoryError`` with code `insufficientSpace` and the sizes if its memory cannot be
  ///   reserved, `tooLarge` if the number of bytes overflows, `tooManyOpenFiles`.
  /// - Precondition: no extent is negative.
  /// - Complexity: O(bytes): all memory is reserved here, in huge pages where the kernel can, so that no
  ///   later store fails. Up to a megabyte mostly no system call: such arrays share the memory
  ///   of an arena.
  @inlinable
  public init(shape: Shape) throws(SharedMemoryError) {
    storage = try ArrayStorage.create(shape: shape, zeroed: true)
  }

  /// Creates an array of zeros under a new name. Other processes see it, whole, once this has returned.
  ///
  /// - Parameters:
  ///   - name: 1 to 255 bytes without `/` and control characters; the array is the file `/dev/shm/NAME`, with
  ///     mode 0600.
  ///   - shape: the extent along each axis; `[]` makes an array of one element.
  ///   - lifetime: when the name goes: with its last user, or by ``unlink()`` only.
  /// - Throws: ``SharedMemoryError`` with code `alreadyExists`, `invalidName`, or as ``init(shape:)``.
  public static func create(
    _ name: String, shape: Shape, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedArray {
    try SharedArray(.named(name), shape: shape, lifetime: lifetime)
  }

  /// Creates an array of zeros under a free name, which `name` tells.
  public static func create(
    _ generated: GeneratedName, shape: Shape, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedArray {
    try SharedArray(.generated, shape: shape, lifetime: lifetime)
  }

  /// Maps the array that some process has created under `name`.
  ///
  /// Attaching owns nothing: whatever happens to this process, the array stays for the others.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `mismatch` if it holds another element type,
  ///   `notASegment`, `foreignOwner`, `permissionDenied`.
  /// - Complexity: about a dozen system calls, whatever the size.
  public static func attach(_ name: String) throws(SharedMemoryError) -> SharedArray {
    SharedArray(storage: try ArrayStorage.attach(name, access: .readWrite))
  }

  /// Maps the array `name` for reading: the result has no way to write.
  public static func attach(
    _ name: String, access: ReadOnlyAccess
  ) throws(SharedMemoryError) -> ReadOnlySharedArray<Element> {
    ReadOnlySharedArray(storage: try ArrayStorage.attach(name, access: .readOnly))
  }

  /// Attaches the array `name`, or creates it if there is none.
  ///
  /// - Throws: `mismatch` if it exists with another shape or element type, or as
  ///   ``create(_:shape:lifetime:)-(String,_,_)``.
  public static func openOrCreate(
    _ name: String, shape: Shape, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedArray {
    while true {
      do throws(SharedMemoryError) {
        let array = try attach(name)
        if array.shape == shape { return array }
        throw SharedMemoryError(
          .mismatch, name: name, detail: "it has shape \(array.shape), \(shape) was asked for")
      } catch let error where error.code == .notFound {}
      do throws(SharedMemoryError) {
        return try create(name, shape: shape, lifetime: lifetime)
      } catch let error where error.code == .alreadyExists {}
    }
  }

  /// A new unnamed array with the elements of the array `name`, which may belong to another user: a copy is
  /// the only safe way to read memory that its owner can shrink.
  ///
  /// - Throws: `truncated` if it shrinks meanwhile, or as ``attach(_:)``.
  public static func copy(of name: String) throws(SharedMemoryError) -> SharedArray {
    SharedArray(storage: try ArrayStorage.copy(of: name))
  }

  /// Removes a name. The memory stays until every process that has it has detached; the name can be used
  /// again at once.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, or `notASegment` for an object this package has
  ///   not made.
  public static func unlink(_ name: String) throws(SharedMemoryError) {
    try Segment.unlink(name)
  }

  /// Removes this array's name, unless another array has it by now.
  ///
  /// - Throws: `notFound` if the name is gone already, or the array is unnamed.
  public func unlink() throws(SharedMemoryError) {
    guard let owner = storage.owner else { throw SharedMemoryError(.notFound) }
    try owner.unlink()
  }

  /// Unmaps the array now, rather than when its last copy goes away. The array is empty afterwards.
  ///
  /// - Throws: ``SharedMemoryError`` with code `inUse` if copies or views of it are still there; nothing has
  ///   changed then.
  public mutating func detach() throws(SharedMemoryError) {
    // Taken out of `self`, the reference is the only one exactly if no copy or view is left.
    var own = storage
    var empty = own
    empty.owner = nil
    empty.shape = [0]
    empty.strides = [1]
    self = SharedArray(storage: empty)
    if own.owner != nil, !isKnownUniquelyReferenced(&own.owner) {
      self = SharedArray(storage: own)
      throw SharedMemoryError(.inUse, name: name)
    }
    if own.elementCount * MemoryLayout<Element>.stride > Arena.largestBlockByteCount {
      own.owner = nil
      // Now means now: its memory is not kept for a later array.
      Arena.dropIdle()
    }
  }

  /// An unnamed array whose elements are whatever stood in its memory: for results that are written whole
  /// before anyone reads them.
  @inlinable
  package init(uninitialized shape: Shape) throws(SharedMemoryError) {
    storage = try ArrayStorage.create(shape: shape, zeroed: false)
  }

  private init(
    _ naming: Segment.Naming, shape: Shape, lifetime: SegmentLifetime
  ) throws(SharedMemoryError) {
    storage = try ArrayStorage.create(naming, shape: shape, lifetime: lifetime)
  }
}
