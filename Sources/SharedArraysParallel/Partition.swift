/// A rule that divides the indices of axis 0 among workers.
///
/// The pieces are disjoint, in order, and together cover all indices.
public struct Partition: Hashable, Sendable {
  private enum Kind: Hashable {
    case blocks
    case chunks(Int)
  }

  private let kind: Kind

  /// One block for each worker, with sizes that differ by at most one.
  public static let blocks = Partition(kind: .blocks)

  /// Chunks of `size` indices, of which the last one can be smaller. A worker claims the next chunk
  /// when it has finished its last one.
  ///
  /// Chunks balance work of uneven cost.
  ///
  /// - Precondition: `size` is positive.
  public static func chunks(of size: Int) -> Partition {
    if size < 1 { fatalError("chunks(of:) needs a size of at least 1, not \(size).") }
    return Partition(kind: .chunks(size))
  }

  /// Whether workers claim pieces dynamically.
  var isDynamic: Bool { kind != .blocks }

  /// Returns the number of pieces that `count` indices are divided into.
  public func pieceCount(of count: Int, workers: Int) -> Int {
    switch kind {
    case .blocks: min(count, workers)
    case .chunks(let size): count / size + (count % size == 0 ? 0 : 1)
    }
  }

  /// Returns the indices of one piece.
  ///
  /// - Precondition: `piece` is in `0..<pieceCount(of: count, workers: workers)`.
  public func range(ofPiece piece: Int, of count: Int, workers: Int) -> Range<Int> {
    switch kind {
    case .blocks:
      let pieces = min(count, workers)
      let (size, larger) = count.quotientAndRemainder(dividingBy: pieces)
      let start = piece * size + min(piece, larger)
      return start..<start + size + (piece < larger ? 1 : 0)
    case .chunks(let size):
      let start = piece * size
      return start..<min(count, start + size)
    }
  }

  /// Returns the indices of the one block of a worker. The range can be empty if the workers
  /// outnumber the indices.
  func share(of worker: Int, among workers: Int, of count: Int) -> Range<Int> {
    worker < pieceCount(of: count, workers: workers)
      ? range(ofPiece: worker, of: count, workers: workers) : count..<count
  }
}
