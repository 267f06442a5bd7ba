internal import Multiprocessing
internal import SharedArraysLinearAlgebra
internal import SharedArraysMemory
internal import SharedArraysSystem
internal import SharedArraysTransfer
internal import Synchronization

/// A matrix of a tile in shared memory, or the first of several at equal distances.
struct TileOperand: BitwiseCopyable, Sendable {
  var memory: MemoryReference
  /// Bytes from the beginning of the memory to the first element of the tile.
  var offset: Int
  /// Bytes from one matrix to the next.
  var step: Int
}

/// What a worker is told: a part of the output of one product, or of a range of products.
struct ProductTile: RawTransferable, Transferable, BitwiseCopyable {
  /// The same for all tiles of one call.
  var call: UInt64
  var product: BlockProduct
  var a, b, c: TileOperand
  /// How many products.
  var count: Int
  /// Room for the largest numbers, complex ones in double precision.
  var alpha, beta: InlineArray<2, Double>
}

/// Computes a tile, in a worker.
enum ComputeTile: WorkFunction {
  /// The call to which the last tile belonged.
  private static let lastCall = Atomic<UInt64>(0)

  /// What is returned has no meaning, but crosses without a system call, as nothing would not.
  static func call(_ tile: ProductTile) throws -> Int {
    // A pool of no workers computes in the process whose memory it is, which keeps nothing mapped.
    if tile.c.memory.process != currentProcess(),
      lastCall.exchange(tile.call, ordering: .relaxed) != tile.call
    {
      KeptMappings.beginRound()
    }
    let (a, b, c) = (try tile.a.memory.owner(), try tile.b.memory.owner(), try tile.c.memory.owner())
    var (alpha, beta) = (tile.alpha, tile.beta)
    // SAFETY: the caller has checked that the matrices lie in their memory, which the owners keep mapped.
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
