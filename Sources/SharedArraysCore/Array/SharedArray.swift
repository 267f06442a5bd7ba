public import SharedArraysMemory
internal import SharedArraysSystem

/// An N-dimensional array, or a view of one, with elements in shared memory.
///
/// The struct holds the location of the elements. Its copies and views refer to the same elements,
/// and so do arrays that other processes attach by name. The memory is detached when the last copy
/// or view is destroyed. Optimised code can end the life of a variable after its last use: a
/// program that keeps an array only for other processes writes `withExtendedLifetime(array) { … }`,
/// or makes it `.persistent`.
///
/// A write through one copy is visible through all others. Two processes, or threads, that use the
/// same element while one of them writes it must synchronize their accesses, as for any shared
/// memory.
///
/// Caveats: a forked child inherits the mapping. If a process of the same user shrinks a named file
/// under `/dev/shm`, every later access to the lost part raises SIGBUS; unnamed arrays are sealed
/// against that.
@frozen
public struct SharedArray<Element: SharedArrayElement>: StridedArray {
  public let storage: ArrayStorage<Element>

  @inlinable
  public init(storage: ArrayStorage<Element>) { self.storage = storage }

  /// Creates an unnamed array of zeros. Forked children inherit it, and no other process can find
  /// it. Its memory is freed when all of them have ended.
  ///
  /// - Throws: ``SharedMemoryError`` with code `insufficientMemory` and the sizes if its memory
  ///   cannot be reserved, `tooLarge` if the number of bytes overflows, `tooManyOpenFiles`.
  /// - Precondition: no extent is negative.
  /// - Complexity: O(bytes): all memory is reserved here, in huge pages where the kernel can, so
  ///   that no later store fails. Up to a megabyte mostly no system call: such arrays share the
  ///   memory of an arena.
  @inlinable
  public init(shape: Shape) throws(SharedMemoryError) {
    storage = try ArrayStorage.create(shape: shape, zeroed: true)
  }

  /// Creates an array of zeros under a new name. Other processes see the complete array once this
  /// has returned.
  ///
  /// - Parameters:
  ///   - name: The name, 1 to 255 bytes without `/` and control characters; the array is the file
  ///     `/dev/shm/NAME`, with mode 0600.
  ///   - shape: The extent along each axis; `[]` creates an array of one element.
  ///   - lifetime: When the name is removed: with its last user, or by ``unlink()`` only.
  /// - Throws: ``SharedMemoryError`` with code `alreadyExists` or `invalidName`, and the errors of
  ///   ``init(shape:)``.
  public static func create(
    _ name: String, shape: Shape, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedArray {
    try SharedArray(.named(name), shape: shape, lifetime: lifetime)
  }

  /// Creates an array of zeros under a generated unused name, which its `name` returns.
  public static func create(
    _ generated: GeneratedName, shape: Shape, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedArray {
    try SharedArray(.generated, shape: shape, lifetime: lifetime)
  }

  /// Maps the array that another process, or this one, has created under `name`.
  ///
  /// Attaching does not take ownership: whatever happens to this process, other processes can still
  /// use the array.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `mismatch` if it holds another element
  ///   type, `notASegment`, `foreignUser`, `permissionDenied`.
  /// - Complexity: about a dozen system calls, whatever the size.
  public static func attach(_ name: String) throws(SharedMemoryError) -> SharedArray {
    SharedArray(storage: try ArrayStorage.attach(name, access: .readWrite))
  }

  /// Maps the array `name` for reading: the result cannot write.
  public static func attach(
    _ name: String, access: ReadOnlyAccess
  ) throws(SharedMemoryError) -> ReadOnlySharedArray<Element> {
    ReadOnlySharedArray(storage: try ArrayStorage.attach(name, access: .readOnly))
  }

  /// Attaches the array `name`, or creates it if it does not exist.
  ///
  /// - Throws: `mismatch` if it exists with another shape or element type, and the errors of
  ///   ``create(_:shape:lifetime:)-(String,_,_)``.
  public static func openOrCreate(
    _ name: String, shape: Shape, lifetime: SegmentLifetime = .temporary
  ) throws(SharedMemoryError) -> SharedArray {
    while true {
      do throws(SharedMemoryError) {
        let array = try attach(name)
        if array.shape == shape { return array }
        throw SharedMemoryError(
          .mismatch, name: name, detail: "it has shape \(array.shape), not \(shape)")
      } catch let error where error.code == .notFound {}
      do throws(SharedMemoryError) {
        return try create(name, shape: shape, lifetime: lifetime)
      } catch let error where error.code == .alreadyExists {}
    }
  }

  /// Creates an unnamed array with the elements of the array `name`, which may belong to another
  /// user: a copy is the only safe way to read memory that its owner can shrink.
  ///
  /// - Throws: `truncated` if it shrinks during the copy, and the errors of ``attach(_:)``.
  public static func loadCopy(of name: String) throws(SharedMemoryError) -> SharedArray {
    SharedArray(storage: try ArrayStorage.loadCopy(of: name))
  }

  /// Removes the name of an array. The memory stays until every process that has attached the array
  /// has detached it. The name can be used again at once.
  ///
  /// - Throws: ``SharedMemoryError`` with code `notFound`, `invalidName`, `foreignUser`,
  ///   `permissionDenied`, `notARegularFile`, `busy`, or `notASegment` for an object this package
  ///   has not created.
  public static func unlink(_ name: String) throws(SharedMemoryError) {
    try Segment.unlink(name)
  }

  /// Removes this array's name, unless the name belongs to another array by now.
  ///
  /// - Throws: `notFound` if the name has been removed already, or the array is unnamed.
  public func unlink() throws(SharedMemoryError) {
    guard let owner = storage.owner else { throw SharedMemoryError(.notFound) }
    try owner.unlink()
  }

  /// Unmaps the array now, rather than when its last copy is destroyed. The array is empty
  /// afterwards.
  ///
  /// - Throws: ``SharedMemoryError`` with code `inUse` if copies or views of it still exist; the
  ///   array is unchanged then.
  public mutating func detach() throws(SharedMemoryError) {
    // After `self` has given it up, the reference is the only one exactly if no copy or view is
    // left.
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
      // The memory is freed at once instead of being kept for a later array.
      Arena.dropIdle()
    }
  }

  /// Creates an unnamed array whose elements have unspecified values: for results that are written
  /// completely before they are read.
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
