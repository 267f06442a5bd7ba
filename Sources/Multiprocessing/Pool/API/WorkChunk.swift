public import SharedArraysTransfer

/// A part of a call that a worker does at a time: some inputs, and the places of their outputs.
///
/// A ``WorkFunction`` that does its own chunks requests the inputs one by one, in order, through
/// ``run(_:as:)``.
@safe public final class WorkChunk {
  /// The indices of the inputs in the whole call.
  public internal(set) final var range = 0..<0
  /// The indices of the inputs that an error names: the current input, or all inputs while they are
  /// decoded or their outputs are encoded.
  @usableFromInline final var inHand = 0..<0
  @usableFromInline final var kind: UInt32 = 0
  @usableFromInline final var inputs = unsafe UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped
  /// The first input of the whole call, if the inputs are integers.
  @usableFromInline final var first = 0
  @usableFromInline final var outputs = unsafe UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped
  /// The bytes from one raw output to the next.
  @usableFromInline final var outputStep = 0
  @usableFromInline final var isOutputRaw = false
  /// The ``BoundBody`` of a pool that is bound to a closure.
  @usableFromInline final var bound: AnyObject?
  final var framed: ResultSlot?
  final var answer: ResultSlot?

  init() {}

  @usableFromInline
  final func takeInputs<Input: Transferable>(_ type: Input.Type) throws(TransferError) -> [Input] {
    guard let message = framed?.take() else { throw TransferError(.truncated) }
    return try message.decode(as: [Input].self)
  }

  @usableFromInline
  final func give(_ message: consuming TransferMessage) { answer = ResultSlot(message) }

  /// Calls `body` for each input, in order, and keeps the returned values as the outputs.
  ///
  /// - Throws: Any error that `body` throws; ``TransferError`` for inputs or outputs that cannot be
  ///   transferred.
  @inlinable @inline(__always)
  public final func run<Input: Transferable, Output: Transferable>(
    _ body: (Input) throws -> Output, as type: Output.Type = Output.self
  ) throws {
    let lower = range.lowerBound
    let count = range.count
    if kind == 0, Input.self == Int.self {
      let start = first &+ lower
      // SAFETY: `Input` is `Int`.
      try produce(count) { unsafe try body(unsafeBitCast(start &+ $0, to: Input.self)) }
    } else if kind == 1 {
      // SAFETY: `inputs` points to the chunk's `count` inputs, which cross as their bytes and are
      // contiguous.
      let place = unsafe inputs.assumingMemoryBound(to: Input.self)
      try produce(count) { unsafe try body(place[$0]) }
    } else {
      let values = try takeInputs(Input.self)
      guard values.count == count else {
        throw TransferError(invalidValue: "\(values.count) inputs instead of \(count)")
      }
      try produce(count) { try body(values[$0]) }
    }
  }

  @inlinable @inline(__always)
  final func produce<Output: Transferable>(_ count: Int, _ body: (Int) throws -> Output) throws {
    var index = 0
    var values: [Output] = []
    do {
      if isOutputRaw {
        // SAFETY: `outputs` has room for `count` outputs, `outputStep` bytes apart, which cross as
        // their bytes.
        let place = unsafe outputs.assumingMemoryBound(to: Output.self)
        if outputStep != MemoryLayout<Output>.stride {
          while index < count {
            let own = unsafe (outputs + index &* outputStep).assumingMemoryBound(to: Output.self)
            unsafe own.initialize(to: try body(index))
            index &+= 1
          }
          return
        }
        while index < count {
          unsafe (place + index).initialize(to: try body(index))
          index &+= 1
        }
      } else {
        values.reserveCapacity(count)
        while index < count {
          values.append(try body(index))
          index &+= 1
        }
      }
    } catch {
      let position = range.lowerBound &+ index
      inHand = position..<position &+ 1
      throw error
    }
    if !isOutputRaw { give(try TransferMessage(encoding: values)) }
  }
}

extension WorkFunction {
  @inlinable
  public static func runChunk(_ chunk: WorkChunk) throws {
    try chunk.run { (input: Input) throws -> Output in try call(input) }
  }
}
