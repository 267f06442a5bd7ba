internal import SystemLayer

extension Segment {
  /// Where a new segment can be found.
  package enum Naming: Sendable {
    case unnamed
    case named(String)
    case generated
  }

  package typealias Contents = (_ data: inout MutableRawSpan) throws(SharedMemoryError) -> Void

  /// Creates a segment of zeroed data. Other processes see it, whole, once this has returned.
  ///
  /// A process killed on the way leaves nothing: until the very last step the memory has no name (without
  /// `O_TMPFILE`: a hidden one, which the next sweep removes).
  ///
  /// - Parameters:
  ///   - dataByteCount: bytes of data.
  ///   - header: the bytes before the data, at most a page.
  ///   - contents: writes to the data of a segment that gets a name, before it appears; if
  ///     it throws, nothing is left.
  package static func create(
    _ naming: Naming, dataByteCount: Int, header: RawSpan, lifetime: SegmentLifetime,
    contents: Contents = { _ in }
  ) throws(SharedMemoryError) -> Segment {
    guard dataByteCount <= largestDataByteCount else {
      throw SharedMemoryError(.tooLarge, name: naming.name, detail: "\(dataByteCount) bytes of data")
    }
    switch naming {
    case .unnamed:
      return try createUnnamed(dataByteCount: dataByteCount, header: header)
    case .named(let name):
      try SegmentName.check(name)
      NameLifecycle.sweepNowAndThen()
      return try publish(
        name, dataByteCount: dataByteCount, header: header, lifetime: lifetime, contents: contents)
    case .generated:
      NameLifecycle.sweepNowAndThen()
      while true {
        do throws(SharedMemoryError) {
          let name = try SegmentName.generate()
          return try publish(
            name, dataByteCount: dataByteCount, header: header, lifetime: lifetime, contents: contents)
        } catch let error where error.code == .alreadyExists {}
      }
    }
  }

  private static func createUnnamed(
    dataByteCount: Int, header: RawSpan
  ) throws(SharedMemoryError) -> Segment {
    let descriptor = try translatingErrors(of: nil) { () throws(SystemError) in
      try OwnedDescriptor.anonymousMemory(label: "sharedarray")
    }
    let made = try fill(
      descriptor, name: nil, dataByteCount: dataByteCount, header: header, lifetime: .temporary)
    try translatingErrors(of: nil) { () throws(SystemError) in try descriptor.sealSize() }
    return Segment(
      name: nil, control: made.control, access: .readWrite, identity: made.identity,
      hugePageByteCount: made.hugePageByteCount, mapping: made.mapping, descriptor: descriptor)
  }

  private static func publish(
    _ name: String, dataByteCount: Int, header: RawSpan, lifetime: SegmentLifetime, contents: Contents
  ) throws(SharedMemoryError) -> Segment {
    let draft = try SegmentDraft.make(for: name)
    let made = try fill(
      draft.descriptor, name: name, dataByteCount: dataByteCount, header: header, lifetime: lifetime)
    // SAFETY: the mapping, which outlives the span, holds the whole segment, and nobody else has it yet.
    var data = unsafe MutableRawSpan(
      _unsafeStart: made.mapping.address + made.control.dataOffset, byteCount: dataByteCount)
    try contents(&data)
    try draft.publish(as: name)
    return Segment(
      name: name, control: made.control, access: .readWrite, identity: made.identity,
      hugePageByteCount: made.hugePageByteCount, mapping: made.mapping, descriptor: nil)
  }

  private struct Made: ~Copyable {
    let mapping: MemoryMapping
    let control: ControlPage
    let identity: FileIdentity
    let hugePageByteCount: Int
  }

  /// Sizes, reserves and labels a new object.
  private static func fill(
    _ descriptor: borrowing OwnedDescriptor, name: String?, dataByteCount: Int, header: RawSpan,
    lifetime: SegmentLifetime
  ) throws(SharedMemoryError) -> Made {
    precondition(header.byteCount <= headerByteCount, "a header has at most \(headerByteCount) bytes")
    let byteCount = segmentByteCount(forData: dataByteCount)
    do throws(ReservationError) {
      let generation = try system { () throws(SystemError) in try randomBits() }
      let identity = try system { () throws(SystemError) in
        try descriptor.setSize(byteCount)
        return try descriptor.status().identity
      }
      let mapping = try system { () throws(SystemError) in
        try MemoryMapping(
          of: descriptor, byteCount: byteCount, access: .readWrite,
          alignment: Reservation.alignment(for: byteCount))
      }
      let reservation = try Reservation(of: descriptor, mapping: mapping, byteCount: byteCount)
      let control = ControlPage(
        kind: .array, generation: generation, lifetime: lifetime, dataOffset: headerByteCount,
        dataByteCount: dataByteCount)
      write(header, and: control, to: mapping, byteCount: byteCount)
      return Made(
        mapping: mapping, control: control, identity: identity,
        hugePageByteCount: reservation.hugePageByteCount)
    } catch {
      throw SharedMemoryError(error, name: name, byteCount: byteCount)
    }
  }

  private static func system<Result: ~Copyable>(
    _ body: () throws(SystemError) -> Result
  ) throws(ReservationError) -> Result {
    do throws(SystemError) { return try body() } catch { throw .system(error) }
  }

  private static func write(
    _ header: RawSpan, and control: ControlPage, to mapping: borrowing MemoryMapping, byteCount: Int
  ) {
    let words = control.encoded()
    // SAFETY: the mapping has `byteCount` reserved bytes, of which the first page is the header's and the
    // last page the control page; nobody else maps the object yet.
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
