/// The division of products into work items: tiles of the outputs, or ranges of whole outputs.
struct TileGrid: Equatable {
  /// The numbers of tiles along the rows and the columns of an output.
  var down = 1
  var across = 1
  /// The maximum number of products of a work item.
  var products = 1

  /// The minimum number of multiplications of a work item. They take some ten microseconds, the
  /// cost of handing over an item.
  static let leastWork = 1 << 18
  /// The number of which tile boundaries are multiples, so that no two workers write to the same
  /// cache line.
  static let granularity = 16

  /// Chooses the work items of `count` products.
  ///
  /// If the products are many, an item consists of whole products, and a worker takes sixteen items
  /// on average, so that no worker waits long for the others at the end. If they are few, each
  /// product is divided into one tile for each worker. More tiles would balance better, but every
  /// tile has to pack its part of both inputs for the processor's caches again.
  init(count: Int, rows: Int, columns: Int, inner: Int, workers: Int) {
    let (workers, work) = (max(1, workers), max(1, rows * columns) * max(1, inner))
    if count >= 4 * workers || count > 1 && count % workers == 0 {
      products = max(1, count / (16 * workers))
      return
    }
    let most = min(workers, max(1, work / Self.leastWork))
    // The total amount of packing of all tiles, for each division.
    var least = Int.max
    for down in 1...most where most % down == 0 {
      let cost = rows * (most / down) + columns * down
      if cost < least { (least, self.down, self.across) = (cost, down, most / down) }
    }
  }

  /// Returns the indices of one piece of an extent.
  static func piece(_ index: Int, of count: Int, extent: Int) -> Range<Int> {
    let units = (extent + granularity - 1) / granularity
    func start(_ index: Int) -> Int { min(extent, units * index / count * granularity) }
    return start(index)..<start(index + 1)
  }
}
