public import SharedArraysCore
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

extension SharedArray {
  /// Makes all elements zero, in memory that is near the workers of a team: each worker takes new pages for its slab of axis 0.
  ///
  /// An array's memory is reserved when it is made, and by that on the node where its maker runs. On a machine of several nodes each
  /// worker of a team, above all of one that pins them, works faster on memory of its own node.
  ///
  ///     let x = try SharedArray<Double>(shape: [100_000_000])
  ///     try x.clear(on: team)
  ///
  /// - Parameters: as of ``parallelForEach(_:over:argument:on:timeout:)``.
  /// - Throws: ``TeamError``; with code `threw` if there is no memory. Then, or if a worker dies, some elements are zero and others
  ///   what they were, and memory may be missing: another call makes it good.
  /// - Precondition: the array is contiguous and has at least one axis, and the team does not run.
  /// - Complexity: as making an array of this size. Every process maps the pages anew at its next access.
  public func clear<Parameter>(
    on team: WorkerTeam<Parameter>, timeout: Duration? = nil
  ) throws(TeamError) {
    if !isContiguous {
      fatalError("Memory can be placed for a contiguous array, not for strides \(strides).")
    }
    _ = Split.extent(of: self)
    let start = PlacedBytes.offset(of: self)
    let all = PlacedBytes(start: start, end: start + byteCount)
    try team.operate(ClearPages<Element>.self, all, timeout: timeout) { caller throws(TeamError) in
      try caller.setArray(0, self)
    }
  }
}

/// Bytes of an object of shared memory, counted from where it begins, which is the same in all processes.
struct PlacedBytes: RawTransferable, BitwiseCopyable {
  var start, end: Int

  static func offset(of array: SharedArray<some SharedArrayElement>) -> Int {
    guard let owner = array.storage.owner else { return 0 }
    // SAFETY: the addresses are only subtracted.
    return unsafe UnsafeRawPointer(array.storage.base) - UnsafeRawPointer(owner.mappedAddress)
  }
}

/// Gives a worker's slab new pages, but for those at the ends of the array, which others may use, too.
enum ClearPages<Element: SharedArrayElement>: SlabFunction {
  static func call(_ slab: SharedArray<Element>, _ all: PlacedBytes) throws {
    guard !slab.isEmpty, let owner = slab.storage.owner else { return }
    // A page that two slabs have in common is the second one's.
    let unit = all.end - all.start >= 8 * hugePageSize ? hugePageSize : pageSize
    let offset = PlacedBytes.offset(of: slab)
    let end = offset + slab.byteCount
    let own = (
      start: max(all.start, offset & ~(unit - 1)),
      end: end == all.end ? end : max(all.start, end & ~(unit - 1))
    )
    let pages = (start: roundUp(own.start, to: pageSize), end: own.end & ~(pageSize - 1))
    // SAFETY: all of this lies within the array, whose memory the owner keeps.
    func clear(_ start: Int, _ end: Int) {
      if end <= start { return }
      unsafe (owner.mappedAddress + start).initializeMemory(as: UInt8.self, repeating: 0, count: end - start)
    }
    if pages.end <= pages.start { return clear(own.start, own.end) }
    clear(own.start, pages.start)
    try unsafe renew(owner.mappedAddress + pages.start, byteCount: pages.end - pages.start)
    clear(pages.end, own.end)
  }

  /// Up to the first huge page by itself, so that the rest can lie in huge ones.
  private static func renew(_ address: UnsafeMutableRawPointer, byteCount: Int) throws(SystemError) {
    let distance = Int(bitPattern: address)
    let small = min(byteCount, roundUp(distance, to: hugePageSize) - distance)
    try unsafe PageRenewal.renew(address, byteCount: small)
    try unsafe PageRenewal.renew(address + small, byteCount: byteCount - small)
  }
}
