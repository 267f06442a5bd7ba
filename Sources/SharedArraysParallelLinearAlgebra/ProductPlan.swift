internal import SharedArraysCore
internal import SharedArraysLinearAlgebra
internal import SharedArraysMemory
internal import Synchronization

/// An array of a product whose matrices workers can map and BLAS can take, or a copy that has these
/// properties.
struct PlannedOperand<Element: ProductElement> {
  let array: SharedArray<Element>
  let layout: MatrixLayout
  let memory: MemoryReference
  let isCopy: Bool

  /// Creates an operand from an array, or from a copy of it.
  ///
  /// - Parameter keepsElements: Whether a copy has the array's elements.
  /// - Throws: `tooLarge`, `insufficientMemory`.
  init(
    _ storage: ArrayStorage<Element>, _ name: String, keepsElements: Bool = true
  ) throws(LinearAlgebraError) {
    if let layout = try Self.layout(storage, name), let memory = storage.owner.flatMap(MemoryReference.init) {
      (array, self.layout, self.memory) = (SharedArray(storage: storage), layout, memory)
      isCopy = false
      return
    }
    array = try newProductArray(shape: storage.shape)
    if keepsElements { array.storage.assign(storage) }
    guard let layout = try Self.layout(array.storage, name),
      let memory = array.storage.owner.flatMap(MemoryReference.init)
    else { fatalError("A new array of shape \(storage.shape) cannot be shared with workers.") }
    (self.layout, self.memory, isCopy) = (layout, memory, true)
  }

  private static func layout(
    _ storage: ArrayStorage<Element>, _ name: String
  ) throws(LinearAlgebraError) -> MatrixLayout? {
    let axis = storage.shape.count - 2
    return try MatrixLayout(
      rows: storage.shape[axis], columns: storage.shape[axis + 1], down: storage.strides[axis],
      right: storage.strides[axis + 1], name)
  }

  /// Returns the operand of a tile that starts at a product, row and column.
  func part(product: Int, row: Int, column: Int) -> TileOperand {
    let storage = array.storage
    let step = storage.shape.count == 3 ? storage.strides[0] : 0
    // SAFETY: The addresses are only subtracted.
    let start = unsafe UnsafeRawPointer(storage.base) - UnsafeRawPointer(storage.owner!.data)
    let distance = product * step + layout.distance(toRow: row, column: column)
    return TileOperand(
      memory: memory, offset: start + distance * MemoryLayout<Element>.stride,
      step: step * MemoryLayout<Element>.stride)
  }
}

/// The number of products that this process has started.
private let calls = Atomic<UInt64>(0)

/// A product to be computed by workers.
struct ProductPlan<Element: ProductElement> {
  let a, b, c: PlannedOperand<Element>
  let alpha, beta: Element

  /// Returns the work items for a number of workers.
  func tiles(workers: Int) -> [ProductTile] {
    let shape = c.array.shape
    let count = shape.count == 3 ? shape[0] : 1
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    let inner = a.array.shape[a.array.rank - 1]
    let grid = TileGrid(count: count, rows: rows, columns: columns, inner: inner, workers: workers)
    let call = calls.add(1, ordering: .relaxed).newValue
    var tiles: [ProductTile] = []
    for first in stride(from: 0, to: count, by: grid.products) {
      for down in 0..<grid.down {
        let rows = TileGrid.piece(down, of: grid.down, extent: rows)
        for across in 0..<grid.across {
          let columns = TileGrid.piece(across, of: grid.across, extent: columns)
          if rows.isEmpty || columns.isEmpty { continue }
          let product = BlockProduct(
            kind: Element.productKind, rows: CInt(rows.count), columns: CInt(columns.count),
            inner: CInt(inner), a: a.layout, b: b.layout, c: c.layout)
          tiles.append(
            ProductTile(
              call: call, product: product,
              a: a.part(product: first, row: rows.lowerBound, column: 0),
              b: b.part(product: first, row: 0, column: columns.lowerBound),
              c: c.part(product: first, row: rows.lowerBound, column: columns.lowerBound),
              count: min(grid.products, count - first), alpha: words(alpha), beta: words(beta)))
        }
      }
    }
    return tiles
  }

  /// Returns the bytes of a number, followed by unused space.
  private func words(_ number: Element) -> InlineArray<2, Double> {
    var words = InlineArray<2, Double>(repeating: 0)
    // SAFETY: No number is larger than two doubles or has a larger alignment.
    unsafe withUnsafeMutableBytes(of: &words) { unsafe $0.storeBytes(of: number, as: Element.self) }
    return words
  }
}
