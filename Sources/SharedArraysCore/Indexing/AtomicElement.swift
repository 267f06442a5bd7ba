public import SharedArraysLocks
internal import Synchronization

/// An element of an array that processes change atomically, without a lock.
///
///     counts.atomic(3).add(1)
///     table.atomic(row, column).exchange(0)
///
/// Plain accesses to the element at the same time are data races; `load()` and `store(_:)` are not.
/// If a process dies during an operation, the change has happened completely or not at all. All
/// operations are sequentially consistent.
public struct AtomicElement<Element: SharedArrayElement> {
  let storage: ArrayStorage<Element>
  let offset: Int

  // SAFETY: elements of 4 and 8 bytes are aligned to their size in shared memory, which the storage
  // keeps mapped.
  private var word64: UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe UnsafeMutableRawPointer(storage.base + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  private var word32: UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe UnsafeMutableRawPointer(storage.base + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
  }

  private static var isWide: Bool { MemoryLayout<Element>.size == 8 }

  fileprivate func loadBits() -> UInt64 {
    Self.isWide
      ? unsafe word64.pointee.load(ordering: .sequentiallyConsistent)
      : UInt64(unsafe word32.pointee.load(ordering: .sequentiallyConsistent))
  }

  fileprivate func exchangeBits(_ bits: UInt64) -> UInt64 {
    Self.isWide
      ? unsafe word64.pointee.exchange(bits, ordering: .sequentiallyConsistent)
      : UInt64(
        unsafe word32.pointee.exchange(UInt32(truncatingIfNeeded: bits), ordering: .sequentiallyConsistent))
  }

  fileprivate func addBits(_ bits: UInt64) -> UInt64 {
    Self.isWide
      ? unsafe word64.pointee.wrappingAdd(bits, ordering: .sequentiallyConsistent).oldValue
      : UInt64(
        unsafe word32.pointee.wrappingAdd(
          UInt32(truncatingIfNeeded: bits), ordering: .sequentiallyConsistent
        ).oldValue)
  }

  fileprivate func compareExchangeBits(_ expected: UInt64, _ desired: UInt64) -> (Bool, UInt64) {
    if Self.isWide {
      let (exchanged, original) = unsafe word64.pointee.compareExchange(
        expected: expected, desired: desired, ordering: .sequentiallyConsistent)
      return (exchanged, original)
    }
    let (exchanged, original) = unsafe word32.pointee.compareExchange(
      expected: UInt32(truncatingIfNeeded: expected), desired: UInt32(truncatingIfNeeded: desired),
      ordering: .sequentiallyConsistent)
    return (exchanged, UInt64(original))
  }
}

/// Operations on integers.
extension AtomicElement where Element: AtomicInteger {
  /// Returns the current value of the element.
  public func load() -> Element { Element(truncatingIfNeeded: loadBits()) }

  /// Sets the element to a value.
  public func store(_ value: Element) { exchange(value) }

  /// Sets the element to a value.
  ///
  /// - Returns: the previous value.
  @discardableResult
  public func exchange(_ value: Element) -> Element {
    Element(truncatingIfNeeded: exchangeBits(UInt64(truncatingIfNeeded: value)))
  }

  /// Adds a value to the element, wrapping around.
  ///
  /// - Returns: the previous value.
  @discardableResult
  public func add(_ value: Element) -> Element {
    Element(truncatingIfNeeded: addBits(UInt64(truncatingIfNeeded: value)))
  }

  /// Sets the element to `desired` if it equals `expected`.
  ///
  /// - Returns: whether it was equal, and the previous value.
  @discardableResult
  public func compareExchange(expected: Element, desired: Element) -> (exchanged: Bool, original: Element) {
    let (exchanged, original) = compareExchangeBits(
      UInt64(truncatingIfNeeded: expected), UInt64(truncatingIfNeeded: desired))
    return (exchanged, Element(truncatingIfNeeded: original))
  }
}

extension AtomicElement where Element == Double {
  /// Returns the current value of the element.
  public func load() -> Double { Double(bitPattern: loadBits()) }

  /// Sets the element to a value.
  ///
  /// - Returns: the previous value.
  @discardableResult
  public func exchange(_ value: Double) -> Double { Double(bitPattern: exchangeBits(value.bitPattern)) }

  /// Adds a value to the element. The rounding depends on the order in which processes add.
  ///
  /// - Returns: the previous value.
  @discardableResult
  public func add(_ value: Double) -> Double {
    var known = loadBits()
    while true {
      let (exchanged, original) = compareExchangeBits(known, (Double(bitPattern: known) + value).bitPattern)
      if exchanged { return Double(bitPattern: original) }
      known = original
    }
  }
}

extension AtomicElement where Element == Float {
  /// Returns the current value of the element.
  public func load() -> Float { Float(bitPattern: UInt32(truncatingIfNeeded: loadBits())) }

  /// Sets the element to a value.
  ///
  /// - Returns: the previous value.
  @discardableResult
  public func exchange(_ value: Float) -> Float {
    Float(bitPattern: UInt32(truncatingIfNeeded: exchangeBits(UInt64(value.bitPattern))))
  }

  /// Adds a value to the element. The rounding depends on the order in which processes add.
  ///
  /// - Returns: the previous value.
  @discardableResult
  public func add(_ value: Float) -> Float {
    var known = loadBits()
    while true {
      let sum = Float(bitPattern: UInt32(truncatingIfNeeded: known)) + value
      let (exchanged, original) = compareExchangeBits(known, UInt64(sum.bitPattern))
      if exchanged { return Float(bitPattern: UInt32(truncatingIfNeeded: original)) }
      known = original
    }
  }
}

extension SharedArray {
  /// Returns the element at an index, for atomic operations.
  ///
  /// - Precondition: the array has rank 1, and the index is in `0..<extent`.
  public func atomic(_ i: Int) -> AtomicElement<Element> {
    AtomicElement(storage: storage, offset: storage.offset(i))
  }

  /// Returns the element at 2 indices, for atomic operations.
  ///
  /// - Precondition: the array has rank 2, and each index is in `0..<extent` of its axis.
  public func atomic(_ i: Int, _ j: Int) -> AtomicElement<Element> {
    AtomicElement(storage: storage, offset: storage.offset(i, j))
  }

  /// Returns the element at 3 indices, for atomic operations.
  ///
  /// - Precondition: the array has rank 3, and each index is in `0..<extent` of its axis.
  public func atomic(_ i: Int, _ j: Int, _ k: Int) -> AtomicElement<Element> {
    AtomicElement(storage: storage, offset: storage.offset(i, j, k))
  }
}
