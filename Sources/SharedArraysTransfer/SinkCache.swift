internal import Synchronization

/// A one-element cache of message memory, so that small messages sent one after another allocate
/// none.
///
/// A thread that takes the sink has exclusive access to it. Threads that call while it is taken get
/// a new sink. The cache has no lock: a process forked while the sink is taken finds the cache
/// empty.
@usableFromInline
package final class SinkCache: Sendable {
  /// The address of a sink retained by this cache, or 0.
  private let kept = Atomic<UInt>(0)
  /// The maximum size of a sink that is kept. Larger memory is returned to the system.
  private static let mostBytes = 1 << 18

  package init() {}

  deinit { _ = exchange(nil) }

  /// Stores a sink in the cache and returns the previous one.
  private func exchange(_ sink: TransferSink?) -> TransferSink? {
    let address = sink.map { unsafe UInt(bitPattern: Unmanaged.passRetained($0).toOpaque()) } ?? 0
    let other = unsafe UnsafeRawPointer(bitPattern: kept.exchange(address, ordering: .acquiringAndReleasing))
    // SAFETY: the cache had retained the stored sink, and only this call has taken it out.
    return unsafe other.map { unsafe Unmanaged<TransferSink>.fromOpaque($0).takeRetainedValue() }
  }

  @usableFromInline
  func take(limits: TransferLimits) -> TransferSink {
    guard let sink = exchange(nil) else { return TransferSink(limits: limits) }
    sink.limits = limits
    return sink
  }

  /// Takes back the memory of a message that is no longer needed.
  package func take(backFrom message: consuming TransferMessage) { give(Self.sink(of: message)) }

  /// Out of line, so that the message's own reference has been released when `give(_:)` checks for
  /// uniqueness.
  @inline(never)
  private static func sink(of message: consuming TransferMessage) -> TransferSink { message.sink }

  private func give(_ sink: consuming TransferSink) {
    // An encoder that a type has kept would write into the message of another caller.
    guard isKnownUniquelyReferenced(&sink), sink.empty(keeping: Self.mostBytes) else { return }
    _ = exchange(sink)
  }
}

extension TransferMessage {
  /// Encodes a value in memory that an earlier message used.
  ///
  /// - Throws: The same errors as ``init(encoding:limits:)``.
  @inlinable
  package init<Value: Transferable>(
    encoding value: Value, limits: TransferLimits, in spare: SinkCache
  ) throws(TransferError) {
    var writer = try TransferWriter(limits: limits, in: spare)
    try writer.encode(value)
    self.init(writer.finish(Value.self))
  }
}
