internal import CKernels
public import SharedMemory

/// What the compiled loops compute of two elements.
@frozen
@usableFromInline
enum ElementwiseOperation {
  case add
  case subtract
  case multiply
  case divide
}

extension ArrayStorage where Element: ArithmeticElement {
  /// Sets every element to what an operation makes of the elements of two others at the same index.
  ///
  /// - Precondition: all have the same shape; an operand shares no element with this storage, or all of them
  ///   at the same indices.
  @inlinable
  func compute(_ operation: ElementwiseOperation, _ a: ArrayStorage, _ b: ArrayStorage) {
    forEachRun(with: a, b) { result, a, b in
      if runKernel(operation, result, a, b) { return }
      // Only the division of complex numbers has no compiled loop.
      for position in 0..<result.count {
        // SAFETY: the position is one of the runs'.
        unsafe result[position] = Element.quotient(a[position], b[position])
      }
    }
  }

  /// The same with an operand that is this storage itself, and another of any shape that broadcasts to it.
  @inlinable
  func compute(_ operation: ElementwiseOperation, with other: ArrayStorage) throws(SharedMemoryError) {
    let operand = other.broadcasted(to: shape)
    if mayOverlap(operand), !isSameView(as: operand) {
      let copy = try SharedArray<Element>(uninitialized: other.shape)
      copy.storage.assign(other)
      compute(operation, self, copy.storage.broadcasted(to: shape))
    } else {
      compute(operation, self, operand)
    }
  }

  /// Calls `body` with a storage of a shape that has the same element everywhere.
  @inlinable
  static func repeating(_ element: Element, _ shape: Shape, _ body: (ArrayStorage) -> Void) {
    var element = element
    // SAFETY: the storage is used within `body` only, and only read.
    unsafe withUnsafeMutablePointer(to: &element) { pointer in
      let strides = Strides(repeating: 0, count: shape.count)
      body(unsafe ArrayStorage(owner: nil, base: pointer, shape: shape, strides: strides))
    }
  }
}

/// Runs a compiled loop; returns false if there is none for the type.
@usableFromInline
func runKernel<Element: ArithmeticElement>(
  _ operation: ElementwiseOperation, _ result: Run<Element>, _ a: Run<Element>, _ b: Run<Element>
) -> Bool {
  let code =
    switch operation {
    case .add: KERNELS_ADD
    case .subtract: KERNELS_SUBTRACT
    case .multiply: KERNELS_MULTIPLY
    case .divide: KERNELS_DIVIDE
    }
  // SAFETY: the runs have `count` elements of the type, and overlap element for element or not at all.
  return unsafe kernels_elementwise(
    CInt(code), KernelType.ofElement(Element.elementType), result.count, result.start, result.stride, a.start,
    a.stride, b.start, b.stride)
}
