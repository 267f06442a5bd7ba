import SharedArraysCore
import SharedArraysMemory
import Testing

// SAFETY: pointers are used only within their closures, with indices below the shape, so that the
// strides lead to elements of the array.

/// Tests of pointers for C and Fortran.
@Suite struct PointerTests {
  @Test func `pointer and strides reach every element of any view`() throws {
    let x = try counted([4, 5, 6])
    for view in [
      x, x.transposed(), x[.stride(by: -1), 1..<4, .stride(by: 2)], x[2, .all, .stride(by: -3)],
      x[1, 2, 3...3],
    ] {
      let read = unsafe view.withUnsafeStridedPointer { pointer, shape, strides in
        indices(of: shape).map { index in
          unsafe pointer[zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }]
        }
      }
      #expect(read == view.toArray())
    }
  }

  @Test func `a write through a pointer changes the array`() throws {
    let x = try SharedArray<Float>(shape: [3, 4])
    unsafe x.transposed().withUnsafeMutableStridedPointer { pointer, shape, strides in
      for i in 0..<shape[0] {
        for j in 0..<shape[1] { unsafe pointer[i * strides[0] + j * strides[1]] = Float(10 * i + j) }
      }
    }
    #expect(x[2, 3] == 32)
  }

  @Test func `a transposed array is column-major`() throws {
    let rowMajor = try SharedArray<Double>(shape: [3, 4])
    let columnMajor = try SharedArray<Double>(shape: [4, 3]).transposed()
    unsafe rowMajor.withUnsafeStridedPointer { _, shape, strides in
      #expect(shape == [3, 4] && strides == [4, 1])
    }
    unsafe columnMajor.withUnsafeStridedPointer { _, shape, strides in
      #expect(shape == [3, 4] && strides == [1, 3])
    }
  }

  @Test func `byte strides are those of NumPy`() throws {
    #expect(try SharedArray<Double>(shape: [3, 4]).byteStrides == [32, 8])
    #expect(try SharedArray<Int16>(shape: [3, 4])[.all, .stride(by: -2)].byteStrides == [8, -4])
    #expect(try SharedArray<UInt8>(shape: []).byteStrides == [])
  }

  @Test func `results and errors of the body are passed on`() throws {
    struct Failed: Error {}
    let x = try ReadOnlySharedArray(counted([3]))
    #expect(unsafe x.withUnsafeStridedPointer { pointer, _, _ in unsafe pointer[2] } == 2)
    #expect(throws: Failed.self) {
      try unsafe x.withUnsafeStridedPointer { (_, _, _) throws(Failed) in throw Failed() }
    }
  }
}
