internal import SharedArraysSystem

extension Segment {
  /// The choice of a name for a new segment.
  package enum Naming: Sendable {
    case unnamed
    case named(String)
    case generated
  }

  package typealias Contents = (_ data: inout MutableRawSpan) throws(SharedMemoryError) -> Void

  /// Creates a segment of zeroed data. Other processes see the complete segment once this has
  /// returned.
  ///
  /// A process killed before the last step leaves nothing behind, because the memory has no name
  /// until then. Without `O_TMPFILE`, it has a hidden name, which the next sweep removes.
  ///
  /// - Parameters:
  ///   - dataByteCount: The number of bytes of data.
  ///   - kind: The kind of the contents.
  ///   - header: The bytes before the data, at most a page.
  ///   - contents: A closure that writes the data of a named segment before the name is published.
  ///     If it throws, nothing is left behind.
  package static func create(
    _ naming: Naming, kind: SegmentKind = .array, dataByteCount: Int, header: RawSpan,
    lifetime: SegmentLifetime, contents: Contents = { _ in }
  ) throws(SharedMemoryError) -> Segment {
    guard dataByteCount <= largestDataByteCount else {
      throw SharedMemoryError(.tooLarge, name: naming.name, detail: "\(dataByteCount) bytes of data")
    }
    switch naming {
    case .unnamed:
      return try createUnnamed(dataByteCount: dataByteCount, header: header, zeroed: true)
    case .named(let name):
      try SegmentName.check(name)
      NameLifecycle.sweepIfDue()
      return try Arena.givingBackIdle { () throws(SharedMemoryError) in
        try publish(
          name, kind, dataByteCount: dataByteCount, header: header, lifetime: lifetime, contents: contents)
      }
    case .generated:
      NameLifecycle.sweepIfDue()
      return try SegmentName.withFreeName { (name) throws(SharedMemoryError) in
        try publish(
          name, kind, dataByteCount: dataByteCount, header: header, lifetime: lifetime, contents: contents)
      }
    }
  }

  /// - Parameter zeroed: Whether the data must be zero. Otherwise it may be what an earlier array
  ///   left.
  package static func createUnnamed(
    dataByteCount: Int, header: RawSpan, zeroed: Bool
  ) throws(SharedMemoryError) -> Segment {
    guard dataByteCount <= largestDataByteCount else {
      throw SharedMemoryError(.tooLarge, detail: "\(dataByteCount) bytes of data")
    }
    let control = try newControlPage(.array, dataByteCount: dataByteCount, lifetime: .temporary, name: nil)
    let byteCount = segmentByteCount(forData: dataByteCount)
    let known = Arena.takeIdle(byteCount: byteCount)
    let object =
      if let known { known } else {
        try Arena.givingBackIdle { () throws(SharedMemoryError) in try AnonymousObject(byteCount: byteCount) }
      }
    let segment = Segment(control: control, object: object)
    if known != nil, zeroed {
      // SAFETY: the data belongs to this segment, and no array uses it any more.
      unsafe segment.data.initializeMemory(as: UInt8.self, repeating: 0, count: dataByteCount)
    }
    write(header, and: control, to: object.mapping, byteCount: byteCount)
    return segment
  }

  private static func publish(
    _ name: String, _ kind: SegmentKind, dataByteCount: Int, header: RawSpan, lifetime: SegmentLifetime,
    contents: Contents
  ) throws(SharedMemoryError) -> Segment {
    let draft = try StagedSegment.make(for: name)
    let control = try newControlPage(kind, dataByteCount: dataByteCount, lifetime: lifetime, name: name)
    let memory = try fill(draft.descriptor, control, name: name, header: header)
    // SAFETY: the mapping holds the whole segment and outlives the span, and no other process has
    // it yet.
    var data = unsafe MutableRawSpan(
      _unsafeStart: memory.mapping.address + control.dataOffset, byteCount: dataByteCount)
    try contents(&data)
    try draft.publish(as: name)
    return Segment(
      name: name, control: control, access: .readWrite, identity: memory.identity,
      hugePageByteCount: memory.hugePageByteCount, mapping: memory.mapping)
  }

  /// Reserves the memory of a new object and writes its header and control page.
  private static func fill(
    _ descriptor: borrowing OwnedDescriptor, _ control: ControlPage, name: String?, header: RawSpan
  ) throws(SharedMemoryError) -> NewMemory {
    precondition(header.byteCount <= headerByteCount, "A header must have at most \(headerByteCount) bytes.")
    let byteCount = segmentByteCount(forData: control.dataByteCount)
    let memory = try NewMemory.reserve(byteCount, of: descriptor, name: name)
    write(header, and: control, to: memory.mapping, byteCount: byteCount)
    return memory
  }

  private static func newControlPage(
    _ kind: SegmentKind, dataByteCount: Int, lifetime: SegmentLifetime, name: String?
  ) throws(SharedMemoryError) -> ControlPage {
    let generation = try translatingErrors(of: name) { () throws(SystemError) in try randomBits() }
    return ControlPage(
      kind: kind, generation: generation, lifetime: lifetime, dataOffset: headerByteCount,
      dataByteCount: dataByteCount)
  }

  private static func write(
    _ header: RawSpan, and control: ControlPage, to mapping: borrowing MemoryMapping, byteCount: Int
  ) {
    let words = control.encoded()
    // SAFETY: the mapping has `byteCount` reserved bytes; the first page is for the header and the
    // last page is the control page. No other process maps the object yet.
    unsafe header.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe mapping.address.copyMemory(from: start, byteCount: source.count)
    }
    let page = unsafe mapping.address + (byteCount - ControlPage.byteCount)
    for i in words.indices {
      unsafe page.storeBytes(of: words[i], toByteOffset: i * 8, as: UInt64.self)
    }
  }
}

extension Segment.Naming {
  fileprivate var name: String? {
    if case .named(let name) = self { name } else { nil }
  }
}
