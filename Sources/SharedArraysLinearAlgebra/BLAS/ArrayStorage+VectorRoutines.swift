public import SharedArraysCore
internal import SharedArraysSystem

// The work of the functions in VectorOperations.swift, compiled for each element type.

extension ArrayStorage where Element: BLASElement {
  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @usableFromInline
  func dot(_ other: ArrayStorage) -> Element {
    if shape != other.shape {
      trap("dot needs two arrays of the same shape, not \(shape) and \(other.shape).")
    }
    var sum: Element = 0
    let (x, y) = inCommonOrder(with: other)
    ForkGate.whileNotForking {
      x.forEachRun(with: y) { x, y in
        forEachPiece(x, y) { x, y in
          // SAFETY: the pieces lie within the arrays, which the caller keeps mapped.
          sum += unsafe Element.routines.dot(x.count, x.start, x.increment, y.start, y.increment)
        }
      }
    }
    return sum
  }

  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @usableFromInline
  func norm2() -> Element {
    var norm: Element = 0
    ForkGate.whileNotForking {
      inMemoryOrder.forEachRun { run in
        forEachPiece(run, run) { piece, _ in
          // BLAS may take a vector of step 0 for an empty one. In memory order no step is negative.
          let isConstant = piece.increment == 0
          // SAFETY: as for `dot`.
          let part = unsafe Element.routines.nrm2(
            isConstant ? 1 : piece.count, piece.start, isConstant ? 1 : piece.increment)
          norm = hypotenuse(norm, isConstant ? part * Element(piece.count).squareRoot() : part)
        }
      }
    }
    return norm
  }

  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @usableFromInline
  func add(_ alpha: Element, times other: ArrayStorage) throws(LinearAlgebraError) {
    if shape != other.shape {
      trap("axpy needs two arrays of the same shape, not \(other.shape) and \(shape).")
    }
    requireDistinctElements(self, "y")
    if !isSameView(as: other) { try refuseOverlap(of: self, "y", with: other, "x") }
    if alpha == 0 { return }
    let (y, x) = inCommonOrder(with: other)
    ForkGate.whileNotForking {
      y.forEachRun(with: x) { y, x in
        forEachPiece(x, y) { x, y in
          // SAFETY: as for `dot`; only a SharedArray, which can be written, comes here.
          unsafe Element.routines.axpy(x.count, alpha, x.start, x.increment, y.start, y.increment)
        }
      }
    }
  }

  @specialized(where Element == Double)
  @specialized(where Element == Float)
  @usableFromInline
  func scale(by alpha: Element) {
    requireDistinctElements(self, "x")
    // Whether cblas_dscal writes zeros for NaN here depends on its version.
    if alpha == 0 { return multiplyEach(self, by: alpha) }
    ForkGate.whileNotForking {
      inMemoryOrder.forEachRun { run in
        forEachPiece(run, run) { piece, _ in
          // SAFETY: as for `add`; in memory order no step is negative, and none is 0 here.
          unsafe Element.routines.scal(piece.count, alpha, piece.start, piece.increment)
        }
      }
    }
  }

  /// This array and another of the same shape, with axes in the order of memory if that is the same for both.
  private func inCommonOrder(with other: ArrayStorage) -> (ArrayStorage, ArrayStorage) {
    if isContiguous || strides != other.strides { return (self, other) }
    return (inMemoryOrder, other.inMemoryOrder)
  }
}

/// The square root of the sum of two squares, which need not be in range.
private func hypotenuse<Element: BLASElement>(_ a: Element, _ b: Element) -> Element {
  if a.isNaN || b.isNaN { return .nan }
  let (small, large) = (min(a, b), max(a, b))
  if small == 0 || large.isInfinite { return large }
  let ratio = small / large
  return large * (1 + ratio * ratio).squareRoot()
}
