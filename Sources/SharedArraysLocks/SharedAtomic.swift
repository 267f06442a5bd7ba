public import SharedArraysMemory
public import SharedArraysTransfer
public import Synchronization

/// An integer in shared memory that processes change atomically, without a lock.
///
///     let tickets = try SharedAtomic(0)
///     let mine = tickets.add(1)
///
/// **When a process dies**, each change is either complete or not made at all; nothing has to be
/// repaired.
///
/// All operations are sequentially consistent. Additions wrap around.
public struct SharedAtomic<Value: AtomicInteger>: SharedObject {
  public let object: SharedObjectMemory

  public static var objectKind: SharedObjectKind { .atomic }

  /// Creates an atomic integer.
  ///
  /// - Throws: ``SharedMemoryError``, with the same codes as for an array in that place.
  public init(_ value: Value, _ place: SharedObjectPlace = .unnamed) throws(SharedMemoryError) {
    object = try unsafe SharedObjectMemory.create(
      place, .atomic, byteCount: 64, parameters: (Value.bitWidth, Value.isSigned ? 1 : 0)
    ) { (state) throws(SharedMemoryError) in
      unsafe state.storeBytes(of: value, as: Value.self)
    }
  }

  public init(_ object: SharedObjectMemory) throws(SharedMemoryError) {
    self.object = try object.require(64, .atomic)
    guard object.parameters.0 == Value.bitWidth, object.parameters.1 == (Value.isSigned ? 1 : 0) else {
      throw SharedMemoryError(
        .mismatch, name: object.memory.name, detail: "the atomic integer here is not of type \(Value.self)")
    }
  }

  /// Returns the current value.
  @inlinable public func load() -> Value {
    Value.bitWidth == 64
      ? Value(truncatingIfNeeded: unsafe word64.pointee.load(ordering: .sequentiallyConsistent))
      : Value(truncatingIfNeeded: unsafe word32.pointee.load(ordering: .sequentiallyConsistent))
  }

  /// Replaces the value.
  @inlinable public func store(_ value: Value) { exchange(value) }

  /// Replaces the value.
  ///
  /// - Returns: The previous value.
  @inlinable
  @discardableResult
  public func exchange(_ value: Value) -> Value {
    Value.bitWidth == 64
      ? Value(
        truncatingIfNeeded: unsafe word64.pointee.exchange(
          UInt64(truncatingIfNeeded: value), ordering: .sequentiallyConsistent))
      : Value(
        truncatingIfNeeded: unsafe word32.pointee.exchange(
          UInt32(truncatingIfNeeded: value), ordering: .sequentiallyConsistent))
  }

  /// Replaces the value with `desired` if it equals `expected`.
  ///
  /// - Returns: Whether the value was replaced, and the previous value.
  @inlinable
  @discardableResult
  public func compareExchange(expected: Value, desired: Value) -> (exchanged: Bool, original: Value) {
    if Value.bitWidth == 64 {
      let (exchanged, original) = unsafe word64.pointee.compareExchange(
        expected: UInt64(truncatingIfNeeded: expected), desired: UInt64(truncatingIfNeeded: desired),
        ordering: .sequentiallyConsistent)
      return (exchanged, Value(truncatingIfNeeded: original))
    }
    let (exchanged, original) = unsafe word32.pointee.compareExchange(
      expected: UInt32(truncatingIfNeeded: expected), desired: UInt32(truncatingIfNeeded: desired),
      ordering: .sequentiallyConsistent)
    return (exchanged, Value(truncatingIfNeeded: original))
  }

  /// Adds to the value, wrapping around.
  ///
  /// - Returns: The previous value.
  /// - Complexity: One instruction.
  @inlinable
  @discardableResult
  public func add(_ value: Value) -> Value {
    // In two's complement, the bits of a sum are the same with and without a sign.
    if Value.bitWidth == 64 {
      let old = unsafe word64.pointee.wrappingAdd(
        UInt64(truncatingIfNeeded: value), ordering: .sequentiallyConsistent
      ).oldValue
      return Value(truncatingIfNeeded: old)
    }
    let old = unsafe word32.pointee.wrappingAdd(
      UInt32(truncatingIfNeeded: value), ordering: .sequentiallyConsistent
    ).oldValue
    return Value(truncatingIfNeeded: old)
  }

  /// Subtracts from the value, wrapping around.
  ///
  /// - Returns: The previous value.
  @inlinable
  @discardableResult
  public func subtract(_ value: Value) -> Value { add(0 &- value) }

  /// Replaces the value with the result of a closure on it. The closure is called again if another
  /// process changed the value first.
  ///
  /// - Returns: The previous value.
  @inlinable
  @discardableResult
  public func update(_ change: (Value) -> Value) -> Value {
    var known = load()
    while true {
      let (exchanged, original) = compareExchange(expected: known, desired: change(known))
      if exchanged { return original }
      known = original
    }
  }

  // SAFETY: the state is aligned to 64 bytes, and is accessed only as a word of the integer's size.
  @inlinable
  var word64: UnsafeMutablePointer<Atomic<UInt64>> {
    unsafe object.state.assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  @inlinable
  var word32: UnsafeMutablePointer<Atomic<UInt32>> {
    unsafe object.state.assumingMemoryBound(to: Atomic<UInt32>.self)
  }
}

extension Int: AtomicInteger {}
extension UInt: AtomicInteger {}
extension Int32: AtomicInteger {}
extension UInt32: AtomicInteger {}
extension Int64: AtomicInteger {}
extension UInt64: AtomicInteger {}
