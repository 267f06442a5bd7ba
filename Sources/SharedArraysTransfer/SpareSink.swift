internal import Synchronization

/// A place for the memory of one message, from which the next one is made: so that small messages that are sent one after
/// another reserve none.
///
/// Whoever takes the sink has it alone; others, and whoever comes while it is away, get a new one. There is no lock: a process
/// forked meanwhile finds the place empty.
@usableFromInline
package final class SpareSink: Sendable {
  /// The address of a sink that has been retained for this place, or 0.
  private let kept = Atomic<UInt>(0)
  /// What is larger is given back to the system.
  private static let mostBytes = 1 << 18

  package init() {}

  deinit { _ = exchange(nil) }

  /// Puts a sink into the place; returns what was there.
  private func exchange(_ sink: TransferSink?) -> TransferSink? {
    let address = sink.map { unsafe UInt(bitPattern: Unmanaged.passRetained($0).toOpaque()) } ?? 0
    let other = unsafe UnsafeRawPointer(bitPattern: kept.exchange(address, ordering: .acquiringAndReleasing))
    // SAFETY: what was in the place was retained for it, and has been taken out of it by this call alone.
    return unsafe other.map { unsafe Unmanaged<TransferSink>.fromOpaque($0).takeRetainedValue() }
  }

  @usableFromInline
  func take(limits: TransferLimits) -> TransferSink {
    guard let sink = exchange(nil) else { return TransferSink(limits: limits) }
    sink.limits = limits
    return sink
  }

  /// Takes the memory of a message that nobody needs any more.
  package func take(backFrom message: consuming TransferMessage) { give(Self.sink(of: message)) }

  /// Out of line, so that the message's own reference is gone when this one is counted.
  @inline(never)
  private static func sink(of message: consuming TransferMessage) -> TransferSink { message.sink }

  private func give(_ sink: consuming TransferSink) {
    // An encoder that a type has kept would write into somebody else's message.
    guard isKnownUniquelyReferenced(&sink), sink.empty(keeping: Self.mostBytes) else { return }
    _ = exchange(sink)
  }
}

extension TransferMessage {
  /// Encodes a value, in memory that another message has had before.
  ///
  /// - Throws: as ``init(encoding:limits:)``.
  @inlinable
  package init<Value: Transferable>(
    encoding value: Value, limits: TransferLimits, in spare: SpareSink
  ) throws(TransferError) {
    var writer = try TransferWriter(limits: limits, in: spare)
    try writer.encode(value)
    self.init(writer.finish(Value.self))
  }
}
