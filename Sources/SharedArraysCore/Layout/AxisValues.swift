public import SharedArraysMemory

/// One number for each axis of an array, stored inline: at most eight, never on the heap.
///
/// ``Shape`` and ``Strides`` are aliases of it. A literal creates one: `[3, 4]`.
@frozen
public struct AxisValues: Sendable, ExpressibleByArrayLiteral {
  /// The largest number of axes of an array.
  public static let largestRank = 8

  @usableFromInline var values: InlineArray<8, Int>
  @usableFromInline var rank: Int

  /// Creates an empty list, for no axes.
  @inlinable @inline(__always)
  public init() {
    values = InlineArray(repeating: 0)
    rank = 0
  }

  /// Creates a list of `count` equal values.
  ///
  /// - Precondition: `count` is in `0...8`.
  @inlinable @inline(__always)
  public init(repeating value: Int, count: Int) {
    if count < 0 || count > Self.largestRank { trapRank(count) }
    self.values = InlineArray(repeating: value)
    self.rank = count
  }

  /// Creates a list of the numbers of a collection, in order.
  ///
  /// - Precondition: the collection has at most eight numbers.
  @inlinable
  public init(_ numbers: some Collection<Int>) {
    self.init(repeating: 0, count: numbers.count)
    var axis = 0
    for number in numbers {
      values[axis] = number
      axis += 1
    }
  }

  @inlinable
  public init(arrayLiteral elements: Int...) {
    self.init(elements)
  }
}

/// The extent of an array along each axis.
public typealias Shape = AxisValues

/// The distance in memory between neighbours along each axis, in elements. Negative where the axis
/// runs backwards.
public typealias Strides = AxisValues

extension AxisValues: RandomAccessCollection, MutableCollection, Hashable, CustomStringConvertible {
  @inlinable public var startIndex: Int { 0 }
  @inlinable public var endIndex: Int { rank }
  /// The number of axes, the array's rank.
  @inlinable public var count: Int { rank }

  /// The number of one axis.
  @inlinable
  public subscript(axis: Int) -> Int {
    get {
      requireAxis(axis)
      return values[axis]
    }
    set {
      requireAxis(axis)
      values[axis] = newValue
    }
  }

  @inlinable
  public static func == (a: AxisValues, b: AxisValues) -> Bool {
    if a.rank != b.rank { return false }
    for axis in 0..<a.rank where a.values[axis] != b.values[axis] { return false }
    return true
  }

  @inlinable
  public func hash(into hasher: inout Hasher) {
    for value in self { hasher.combine(value) }
  }

  /// A text such as "[3, 4]".
  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}

extension AxisValues {
  /// Appends the number for one more axis.
  @inlinable @inline(__always)
  package mutating func append(_ value: Int) {
    if rank == Self.largestRank { trapRank(rank + 1) }
    values[rank] = value
    rank += 1
  }

  /// Returns the number of bytes of an array of this shape with elements of `elementByteCount`; nil
  /// if it overflows `Int`. The product of the other extents is checked even if an extent is 0, as
  /// in NumPy.
  @usableFromInline
  package func checkedByteCount(elementByteCount: Int) -> Int? {
    var byteCount = elementByteCount
    var isEmpty = false
    for axis in 0..<rank {
      if values[axis] == 0 {
        isEmpty = true
        continue
      }
      let (next, overflow) = byteCount.multipliedReportingOverflow(by: values[axis])
      if overflow { return nil }
      byteCount = next
    }
    return isEmpty ? 0 : byteCount
  }

  /// Returns the number of elements of an array of this shape; nil if it overflows `Int`.
  package func checkedProduct() -> Int? { checkedByteCount(elementByteCount: 1) }

  /// Returns the number of bytes of an array of this shape.
  ///
  /// - Throws: `tooLarge` if it overflows `Int`.
  /// - Precondition: no extent is negative.
  @usableFromInline
  package func byteCount(of type: ElementType, stride: Int) throws(SharedMemoryError) -> Int {
    requireExtents()
    guard let byteCount = checkedByteCount(elementByteCount: stride) else {
      throw SharedMemoryError(.tooLarge, detail: "shape \(self) of \(type.name)")
    }
    return byteCount
  }

  /// Traps if one of these extents is negative.
  func requireExtents() {
    for axis in 0..<rank where values[axis] < 0 {
      trap("Axis \(axis) of shape \(self) has a negative extent.")
    }
  }

  /// Traps if an array with these extents or strides lacks the axis.
  @inlinable @inline(__always)
  package func requireAxis(_ axis: Int) {
    if axis < 0 || axis >= rank { trapAxis(axis, rank: rank) }
  }

  /// The number of elements of an array of this shape.
  @inlinable
  package var product: Int {
    var product = 1
    for axis in 0..<rank { product *= values[axis] }
    return product
  }

  /// Whether an array of this shape has no elements.
  @inlinable
  package var hasZero: Bool {
    for axis in 0..<rank where values[axis] == 0 { return true }
    return false
  }

  /// The strides of a row-major array of this shape.
  @inlinable
  package var rowMajorStrides: Strides {
    var strides = Strides(repeating: 1, count: rank)
    var step = 1
    var axis = rank - 1
    while axis >= 0 {
      strides.values[axis] = step
      step *= Swift.max(1, values[axis])
      axis -= 1
    }
    return strides
  }
}
