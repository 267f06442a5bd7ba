import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// Helpers of this module's tests: sample arrays, unused names, access by a list of indices.

/// Returns a name that no other test and no other run uses.
func freeName() throws -> String {
  "ndarrays-test-" + String(try randomBits(), radix: 16)
}

/// Returns all indices of a shape in row-major order.
func indices(of shape: Shape) -> [[Int]] {
  shape.reduce([[]]) { heads, extent in heads.flatMap { head in (0..<extent).map { head + [$0] } } }
}

/// Returns the numbers 0, 1, 2, … as an array of a shape.
func counted<Element: SharedArrayElement & Numeric>(
  _ shape: Shape, as type: Element.Type = Int.self
) throws -> SharedArray<Element> {
  let count = shape.reduce(1, *)
  return try SharedArray((0..<count).map { Element(exactly: $0)! }, shape: shape)
}

extension StridedArray {
  /// Returns the element at a list of indices, through the subscript of that rank.
  func element(at i: [Int]) -> Element {
    switch i.count {
    case 0: self[]
    case 1: self[i[0]]
    case 2: self[i[0], i[1]]
    case 3: self[i[0], i[1], i[2]]
    case 4: self[i[0], i[1], i[2], i[3]]
    case 5: self[i[0], i[1], i[2], i[3], i[4]]
    case 6: self[i[0], i[1], i[2], i[3], i[4], i[5]]
    case 7: self[i[0], i[1], i[2], i[3], i[4], i[5], i[6]]
    default: self[i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7]]
    }
  }
}

extension SharedArray {
  /// Stores an element at a list of indices, through the subscript of that rank.
  func setElement(at i: [Int], to value: Element) {
    switch i.count {
    case 0: self[] = value
    case 1: self[i[0]] = value
    case 2: self[i[0], i[1]] = value
    case 3: self[i[0], i[1], i[2]] = value
    case 4: self[i[0], i[1], i[2], i[3]] = value
    case 5: self[i[0], i[1], i[2], i[3], i[4]] = value
    case 6: self[i[0], i[1], i[2], i[3], i[4], i[5]] = value
    case 7: self[i[0], i[1], i[2], i[3], i[4], i[5], i[6]] = value
    default: self[i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7]] = value
    }
  }
}

/// Returns the elements of a span or of one row, as an array that `#expect` can inspect.
func spanned<Element>(_ array: some StridedArray<Element>, row: Int? = nil) -> [Element] {
  let span = if let row { array.span(row: row) } else { array.span }
  return span.indices.map { span[$0] }
}

/// A small shape of each rank, with different extents.
let shapesOfEveryRank: [Shape] = [
  [], [5], [3, 4], [2, 3, 4], [2, 1, 3, 2], [2, 3, 1, 2, 2], [1, 2, 2, 3, 1, 2], [2, 1, 2, 2, 1, 2, 3],
  [2, 2, 1, 2, 2, 1, 2, 3],
]

/// A numeric type that an array can hold.
typealias NumberType = any (SharedArrayElement & Numeric).Type

// Names for protocol compositions, which test macros do not accept.
typealias OrderedNumber = ArithmeticElement & OrderedElement
typealias SignedNumber = ArithmeticElement & SignedNumeric & OrderedElement
typealias FloatingPointNumber = ArithmeticElement & BinaryFloatingPoint
typealias IntegerNumber = ArithmeticElement & FixedWidthInteger

/// All numeric types.
let elementTypes: [NumberType] = [
  Int8.self, Int16.self, Int32.self, Int64.self, Int.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
  UInt.self, Float16.self, Float.self, Double.self,
]

/// Returns nonzero numbers that every element type can hold.
func sampleNumbers<Element: Numeric>(_ count: Int, as type: Element.Type = Element.self) -> [Element] {
  (0..<count).map { Element(exactly: $0 % 100 + 1)! }
}

/// Returns the code of the error that `body` throws, or nil if it throws none. An error of another
/// type is recorded as an issue.
func memoryCode<Result>(_ body: () throws -> Result) -> SharedMemoryError.Code? {
  do { _ = try body() } catch let error as SharedMemoryError { return error.code } catch {
    Issue.record(error)
  }
  return nil
}

/// Returns the code of the error that `body` throws, or nil if it throws none or one of another
/// type.
func fileCode<Result>(_ body: () throws -> Result) -> NPYError.Code? {
  do { _ = try body() } catch { return (error as? NPYError)?.code }
  return nil
}
