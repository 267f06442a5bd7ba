public import SharedArraysCore
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer

extension SharedArray {
  /// Sets all elements to zero, in memory that is near the workers of a team: each worker allocates
  /// new pages for its slab of axis 0.
  ///
  /// The memory of an array is reserved when the array is created, on the NUMA node of the creating
  /// thread. On a machine with several nodes a worker runs faster on memory of its own node, in
  /// particular if the team pins its workers.
  ///
  ///     let x = try SharedArray<Double>(shape: [100_000_000])
  ///     try x.clear(on: team)
  ///
  /// - Parameters: The same as for ``parallelForEach(_:over:argument:on:timeout:)``.
  /// - Throws: ``TeamError``, with code `threw` if memory is insufficient. After that error or the
  ///   death of a worker, some elements are zero, others keep their values, and memory might be
  ///   missing. Another call repairs this.
  /// - Precondition: The array is contiguous and has at least one axis, and the team is not
  ///   running.
  /// - Complexity: The same as creating an array of this size. Every process maps the pages again
  ///   at its next access.
  public func clear<Parameter>(
    on team: WorkerTeam<Parameter>, timeout: Duration? = nil
  ) throws(TeamError) {
    if !isContiguous {
      fatalError("clear(on:) needs a contiguous array, not strides \(strides).")
    }
    _ = SlabCall.extent(of: self)
    let start = PlacedBytes.offset(of: self)
    let all = PlacedBytes(start: start, end: start + byteCount)
    try team.operate(ClearPages<Element>.self, all, timeout: timeout) { caller throws(TeamError) in
      try caller.setArray(0, self)
    }
  }
}

/// A range of bytes of a shared-memory object, as offsets from its start, which are the same in all
/// processes.
struct PlacedBytes: BitwiseTransferable, BitwiseCopyable {
  var start, end: Int

  static func offset(of array: SharedArray<some SharedArrayElement>) -> Int {
    guard let owner = array.storage.owner else { return 0 }
    // SAFETY: The addresses are only subtracted.
    return unsafe UnsafeRawPointer(array.storage.base) - UnsafeRawPointer(owner.mappedAddress)
  }
}

/// Gives a worker's slab new pages, except the pages at the ends of the array, which might also
/// hold other data.
enum ClearPages<Element: SharedArrayElement>: SlabFunction {
  static func call(_ slab: SharedArray<Element>, _ all: PlacedBytes) throws {
    guard !slab.isEmpty, let owner = slab.storage.owner else { return }
    // A page that two slabs share belongs to the second one.
    let unit = all.end - all.start >= 8 * hugePageSize ? hugePageSize : pageSize
    let offset = PlacedBytes.offset(of: slab)
    let end = offset + slab.byteCount
    let own = (
      start: max(all.start, offset & ~(unit - 1)),
      end: end == all.end ? end : max(all.start, end & ~(unit - 1))
    )
    let pages = (start: roundUp(own.start, to: pageSize), end: own.end & ~(pageSize - 1))
    // SAFETY: All of these bytes lie within the array, whose memory the owner keeps mapped.
    func clear(_ start: Int, _ end: Int) {
      if end <= start { return }
      unsafe (owner.mappedAddress + start).initializeMemory(as: UInt8.self, repeating: 0, count: end - start)
    }
    if pages.end <= pages.start { return clear(own.start, own.end) }
    clear(own.start, pages.start)
    try unsafe renew(owner.mappedAddress + pages.start, byteCount: pages.end - pages.start)
    clear(pages.end, own.end)
  }

  /// Renews the pages up to the first huge-page boundary separately, so that the rest can use huge
  /// pages.
  private static func renew(_ address: UnsafeMutableRawPointer, byteCount: Int) throws(SystemError) {
    let distance = Int(bitPattern: address)
    let small = min(byteCount, roundUp(distance, to: hugePageSize) - distance)
    try unsafe PagePlacement.renew(address, byteCount: small)
    try unsafe PagePlacement.renew(address + small, byteCount: byteCount - small)
  }
}
