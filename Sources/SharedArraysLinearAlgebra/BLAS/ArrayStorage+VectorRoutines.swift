public import SharedArraysCore
internal import SharedArraysSystem

// The implementations of the functions in BLAS.swift, compiled for each element type.

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
          // SAFETY: The pieces lie within the arrays, which the caller keeps mapped.
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
          // BLAS may treat a vector of stride 0 as empty. No stride is negative in memory order.
          let isConstant = piece.increment == 0
          // SAFETY: The same as in `dot`.
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
          // SAFETY: The same as in `dot`. Only a SharedArray, which is writable, is passed here.
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
    // The treatment of NaN by cblas_dscal with a factor of 0 depends on its version.
    if alpha == 0 { return multiplyEach(self, by: alpha) }
    ForkGate.whileNotForking {
      inMemoryOrder.forEachRun { run in
        forEachPiece(run, run) { piece, _ in
          // SAFETY: The same as in `add`. No stride is negative in memory order, and none is 0
          // here.
          unsafe Element.routines.scal(piece.count, alpha, piece.start, piece.increment)
        }
      }
    }
  }

  /// Returns this array and another of the same shape, with the axes in memory order if that order
  /// is the same for both.
  private func inCommonOrder(with other: ArrayStorage) -> (ArrayStorage, ArrayStorage) {
    if isContiguous || strides != other.strides { return (self, other) }
    return (inMemoryOrder, other.inMemoryOrder)
  }
}

/// Returns the square root of a² + b² for nonnegative a and b, without overflow or underflow of the
/// squares.
private func hypotenuse<Element: BLASElement>(_ a: Element, _ b: Element) -> Element {
  if a.isNaN || b.isNaN { return .nan }
  let (small, large) = (min(a, b), max(a, b))
  if small == 0 || large.isInfinite { return large }
  let ratio = small / large
  return large * (1 + ratio * ratio).squareRoot()
}
