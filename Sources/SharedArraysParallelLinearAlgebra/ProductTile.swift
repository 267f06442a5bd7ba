internal import Multiprocessing
internal import SharedArraysLinearAlgebra
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// A matrix of a tile in shared memory, or the first of several matrices at equal distances.
struct TileOperand: BitwiseCopyable, Sendable {
  var memory: MemoryReference
  /// The offset of the tile's first element from the start of the memory, in bytes.
  var offset: Int
  /// The distance from one matrix to the next, in bytes.
  var step: Int
}

/// A work item: a part of the output of one product, or of a range of products.
struct ProductTile: BitwiseTransferable, Transferable, BitwiseCopyable {
  /// The number of the call, which is the same for all tiles of the call.
  var call: UInt64
  var product: BlockProduct
  var a, b, c: TileOperand
  /// The number of products.
  var count: Int
  /// The factors, with room for the largest numbers: complex ones in double precision.
  var alpha, beta: InlineArray<2, Double>
}

/// A function that computes a tile in a worker.
enum ComputeTile: WorkFunction {
  /// The call of the last tile.
  private static let lastCall = Atomic<UInt64>(0)

  /// Computes a tile. The result has no meaning; it is an integer because that is transferred
  /// without a system call, unlike an empty result.
  static func call(_ tile: ProductTile) throws -> Int {
    // A pool without workers computes in the process that owns the memory, which keeps no mappings.
    if tile.c.memory.process != currentProcess(),
      lastCall.exchange(tile.call, ordering: .relaxed) != tile.call
    {
      MappingCache.beginRound()
    }
    let (a, b, c) = (try tile.a.memory.owner(), try tile.b.memory.owner(), try tile.c.memory.owner())
    var (alpha, beta) = (tile.alpha, tile.beta)
    // SAFETY: The caller has checked that the matrices lie in their memory, which the owners keep
    // mapped.
    unsafe withUnsafeBytes(of: &alpha) { alpha in
      unsafe withUnsafeBytes(of: &beta) { beta in
        for index in 0..<tile.count {
          unsafe tile.product.compute(
            alpha: alpha.baseAddress!, a.data + tile.a.offset + index * tile.a.step,
            b.data + tile.b.offset + index * tile.b.step, beta: beta.baseAddress!,
            into: c.data + tile.c.offset + index * tile.c.step)
        }
      }
    }
    withExtendedLifetime((a, b, c)) {}
    return tile.count
  }
}
