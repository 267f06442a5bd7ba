/// How products are shared out: into tiles of the outputs, or into ranges of whole outputs.
struct TileGrid: Equatable {
  /// How many tiles an output has along its rows and columns.
  var down = 1
  var across = 1
  /// How many products a work item has, at most.
  var products = 1

  /// Fewer multiplications than this are not worth a work item of their own: some ten microseconds, as much as to hand it over.
  static let leastWork = 1 << 18
  /// Tiles begin at multiples of this, so that no two workers write to one cache line.
  static let granularity = 16

  /// Chooses work items for `count` products.
  ///
  /// Where there are many, a worker takes whole ones, sixteen times on average, so that at the end none waits long for the others.
  /// Of few each is cut into as many tiles as there are workers. More would balance better, but every tile has to arrange its
  /// part of both inputs for the processor's caches anew.
  init(count: Int, rows: Int, columns: Int, inner: Int, workers: Int) {
    let (workers, work) = (max(1, workers), max(1, rows * columns) * max(1, inner))
    if count >= 4 * workers || count > 1 && count % workers == 0 {
      products = max(1, count / (16 * workers))
      return
    }
    let most = min(workers, max(1, work / Self.leastWork))
    // What the tiles arrange in all, for each way of cutting.
    var least = Int.max
    for down in 1...most where most % down == 0 {
      let cost = rows * (most / down) + columns * down
      if cost < least { (least, self.down, self.across) = (cost, down, most / down) }
    }
  }

  /// The indices of a piece of an extent.
  static func piece(_ index: Int, of count: Int, extent: Int) -> Range<Int> {
    let units = (extent + granularity - 1) / granularity
    func start(_ index: Int) -> Int { min(extent, units * index / count * granularity) }
    return start(index)..<start(index + 1)
  }
}
