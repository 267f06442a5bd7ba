/// How the indices of axis 0 are shared out among workers: always disjoint, always all of them, in order.
public struct Partition: Hashable, Sendable {
  private enum Kind: Hashable {
    case blocks
    case chunks(Int)
  }

  private let kind: Kind

  /// One block for each worker, with sizes that differ by at most one.
  public static let blocks = Partition(kind: .blocks)

  /// Chunks of `size` indices, the last one smaller; each worker takes the next when it has done its last.
  /// For work of uneven cost.
  ///
  /// - Precondition: `size` is positive.
  public static func chunks(of size: Int) -> Partition {
    if size < 1 { fatalError("A partition cannot have chunks of \(size) indices.") }
    return Partition(kind: .chunks(size))
  }

  /// Whether workers claim the pieces as they come.
  var isDynamic: Bool { kind != .blocks }

  /// How many pieces `count` indices make.
  public func pieceCount(of count: Int, workers: Int) -> Int {
    switch kind {
    case .blocks: min(count, workers)
    case .chunks(let size): count / size + (count % size == 0 ? 0 : 1)
    }
  }

  /// The indices of one piece.
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

  /// The indices of the one block that a worker has, empty if there are more workers than indices.
  func share(of worker: Int, among workers: Int, of count: Int) -> Range<Int> {
    worker < pieceCount(of: count, workers: workers)
      ? range(ofPiece: worker, of: count, workers: workers) : count..<count
  }
}
