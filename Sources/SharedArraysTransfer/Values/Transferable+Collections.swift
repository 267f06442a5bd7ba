extension Array: Transferable where Element: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encodeElements(span)
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> [Element] {
    try reader.decodeElements(of: Element.self) { (reader, count) throws(TransferError) in
      try Array(capacity: count) { (elements: inout OutputSpan<Element>) throws(TransferError) in
        try Element.decode(count, into: &elements, from: &reader)
      }
    }
  }
}

extension ContiguousArray: Transferable where Element: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encodeElements(span)
  }

  @inlinable
  public static func decode(
    from reader: inout TransferReader
  ) throws(TransferError) -> ContiguousArray<Element> {
    try reader.decodeElements(of: Element.self) { (reader, count) throws(TransferError) in
      try ContiguousArray(capacity: count) { (elements: inout OutputSpan<Element>) throws(TransferError) in
        try Element.decode(count, into: &elements, from: &reader)
      }
    }
  }
}

extension InlineArray: Transferable where Element: Transferable {
  @inlinable public static var isBitwiseTransferable: Bool { Element.isBitwiseTransferable }

  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try Element.encode(elements: span, into: &writer)
  }

  @inlinable
  public static func decode(
    from reader: inout TransferReader
  ) throws(TransferError) -> InlineArray<count, Element> {
    try InlineArray { (elements: inout OutputSpan<Element>) throws(TransferError) in
      try Element.decode(count, into: &elements, from: &reader)
    }
  }
}

extension Set: Transferable where Element: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encodeElements(count: count, stride: MemoryLayout<Element>.stride) {
      (writer) throws(TransferError) in
      for element in self { try element.encode(into: &writer) }
    }
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> Set<Element> {
    try reader.decodeElements(of: Element.self) { (reader, count) throws(TransferError) in
      var elements = Set<Element>(minimumCapacity: count)
      for _ in 0..<count {
        guard elements.insert(try Element.decode(from: &reader)).inserted else {
          throw TransferError(invalidValue: "a set with a duplicate element")
        }
      }
      return elements
    }
  }
}

extension Dictionary: Transferable where Key: Transferable, Value: Transferable {
  @inlinable
  public func encode(into writer: inout TransferWriter) throws(TransferError) {
    let stride = MemoryLayout<Key>.stride + MemoryLayout<Value>.stride
    try writer.encodeElements(count: count, stride: stride) { (writer) throws(TransferError) in
      for (key, value) in self {
        try key.encode(into: &writer)
        try value.encode(into: &writer)
      }
    }
  }

  @inlinable
  public static func decode(from reader: inout TransferReader) throws(TransferError) -> [Key: Value] {
    let least = Swift.max(Key.leastByteCount, Value.leastByteCount)
    let stride = MemoryLayout<Key>.stride + MemoryLayout<Value>.stride
    return try reader.decodeElements(least: least, stride: stride) { (reader, count) throws(TransferError) in
      var elements = [Key: Value](minimumCapacity: count)
      for _ in 0..<count {
        let key = try Key.decode(from: &reader)
        guard elements.updateValue(try Value.decode(from: &reader), forKey: key) == nil else {
          throw TransferError(invalidValue: "a dictionary with a duplicate key")
        }
      }
      return elements
    }
  }
}

// MARK: Elements

extension TransferWriter {
  @inlinable
  mutating func encodeElements<Element: Transferable>(_ elements: Span<Element>) throws(TransferError) {
    let count = elements.count
    try encodeElements(count: count, stride: MemoryLayout<Element>.stride) { (writer) throws(TransferError) in
      try Element.encode(elements: elements, into: &writer)
    }
  }
}

extension TransferReader {
  @inlinable @inline(__always)
  mutating func decodeElements<Element: Transferable, Elements>(
    of type: Element.Type, _ body: (inout TransferReader, Int) throws(TransferError) -> Elements
  ) throws(TransferError) -> Elements {
    try decodeElements(least: Element.leastByteCount, stride: MemoryLayout<Element>.stride, body)
  }
}
