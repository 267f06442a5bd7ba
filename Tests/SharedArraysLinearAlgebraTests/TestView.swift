import SharedArraysCore
import SharedArraysLinearAlgebra
import TestSupport

/// A view in memory of its own, with other elements around it and in its gaps.
struct TestView<Element: BLASElement> {
  /// All of the memory, rank 1.
  let memory: SharedArray<Element>
  let array: SharedArray<Element>
  /// Where in the memory the view's first element is.
  let offset: Int

  /// A view of any strides. Its elements are random numbers in -1...1, the others are NaN.
  init(shape: Shape, strides: Strides, using generator: inout SeededGenerator) throws {
    let reaches = zip(shape, strides).map { max(0, $0 - 1) * $1 }
    let low = reaches.filter { $0 < 0 }.reduce(0, +)
    let high = reaches.filter { $0 > 0 }.reduce(0, +)
    let guarded = 3
    offset = guarded - low
    memory = try SharedArray(shape: [high - low + 1 + 2 * guarded])
    memory.fill(.nan)
    array = SharedArray(storage: memory.storage.view(offset: offset, shape: shape, strides: strides))
    array.update { _ in Element(Double.random(in: -1...1, using: &generator)) }
  }

  init(_ layout: Layout, rows: Int, columns: Int, using generator: inout SeededGenerator) throws {
    let strides = layout.strides(rows: rows, columns: columns)
    try self.init(shape: [rows, columns], strides: strides, using: &generator)
  }

  /// Elements of the memory that are not the view's, as bits: what an operation must leave alone.
  var gaps: [Element] {
    var isOutside = [Bool](repeating: true, count: memory.count)
    func visit(_ axis: Int, _ position: Int) {
      if axis == array.rank {
        isOutside[position] = false
      } else {
        for index in 0..<array.shape[axis] { visit(axis + 1, position + index * array.strides[axis]) }
      }
    }
    visit(0, offset)
    return zip(memory.toArray(), isOutside).compactMap { $1 ? $0 : nil }
  }

  var gapsAreUntouched: Bool { gaps.allSatisfy(\.isNaN) }
}

extension StridedArray where Element: BLASElement {
  var isAllNaN: Bool { toArray().allSatisfy(\.isNaN) }
  var isAllFinite: Bool { toArray().allSatisfy(\.isFinite) }
}

/// The order of the elements of a matrix in memory.
enum Layout: CaseIterable {
  case contiguous, padded, columnMajor, paddedColumnMajor
  case spread, spreadColumnMajor, everySecondColumn
  case reversedRows, reversedColumns, reversed, reversedColumnMajor
  case constantRows, constantColumns, constant, window

  /// Those in which no two indices mean the same element.
  static let outputs = allCases.filter {
    ![.constantRows, .constantColumns, .constant, .window].contains($0)
  }

  func strides(rows: Int, columns: Int) -> Strides {
    let (rows, columns) = (max(1, rows), max(1, columns))
    return switch self {
    case .contiguous: [columns, 1]
    case .padded: [columns + 3, 1]
    case .columnMajor: [1, rows]
    case .paddedColumnMajor: [1, rows + 2]
    case .spread: [3 * columns + 1, 3]
    case .spreadColumnMajor: [2, 2 * rows + 1]
    case .everySecondColumn: [2 * columns, 2]
    case .reversedRows: [-columns, 1]
    case .reversedColumns: [columns, -1]
    case .reversed: [-columns - 1, -1]
    case .reversedColumnMajor: [1, -rows]
    case .constantRows: [0, 1]
    case .constantColumns: [1, 0]
    case .constant: [0, 0]
    case .window: [1, 1]
    }
  }
}

/// The element types, as arguments of tests.
enum Precision: CaseIterable {
  case single, double
}
