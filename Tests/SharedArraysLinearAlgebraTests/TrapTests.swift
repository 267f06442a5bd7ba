import SharedArraysCore
import SharedArraysLinearAlgebra
import Testing

/// Programming mistakes end the process with a sentence that names the shapes.
@Suite(.timeLimit(.minutes(5)))
struct TrapTests {
  private func expect(_ sentence: String, in result: ExitTest.Result?) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(sentence), "\(text.prefix(300))")
  }

  @Test func `products of wrong shapes trap`() async {
    let sentence = "matmul takes shapes [m, k] and [k, n] into [m, n], or [m, k] and [k] into [m], not "
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let a = try SharedArray<Double>(shape: [2, 3])
      try matmul(a, a, into: a)
    }
    expect(sentence + "[2, 3] and [2, 3] into [2, 3].", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let a = try SharedArray<Double>(shape: [2, 3])
      try matmul(a, a.transposed(), into: a[.all, 0])
    }
    expect(sentence + "[2, 3] and [3, 2] into [2].", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let a = try SharedArray<Double>(shape: [2, 3])
      try matmul(a, a[.all, 0], into: a[.all, 1])
    }
    expect(sentence + "[2, 3] and [2] into [2].", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let a = try SharedArray<Double>(shape: [])
      try matmul(a, a, into: a)
    }
    expect(sentence + "[] and [] into [].", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let a = try SharedArray<Double>(shape: [2, 3])
      _ = try matmul(a, a)
    }
    expect(sentence + "[2, 3] and [2, 3] into [2, 3].", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let a = try SharedArray<Double>(shape: [2, 3])
      _ = try matmul(a[0, .all], a)
    }
    expect(sentence + "[3] and [2, 3] into [].", in: result)
  }

  @Test func `vectors of different shapes trap`() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BLAS.dot(try SharedArray<Double>(shape: [2]), try SharedArray<Double>(shape: [3]))
    }
    expect("dot needs two arrays of the same shape, not [2] and [3].", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try BLAS.axpy(1, try SharedArray<Float>(shape: [2]), into: try SharedArray<Float>(shape: [2, 1]))
    }
    expect("axpy needs two arrays of the same shape, not [2] and [2, 1].", in: result)
  }

  @Test func `matrices of wrong shapes trap`() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let a = try SharedArray<Double>(shape: [2, 3])
      try BLAS.syrk(a, into: try SharedArray<Double>(shape: [2, 2]))
    }
    expect("syrk takes shape [n, k] into [k, k], not [2, 3] into [2, 2].", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try eigh(try SharedArray<Double>(shape: [2, 3]))
    }
    expect("eigh takes a square matrix, not shape [2, 3].", in: result)
  }

  @Test func `an output whose elements share one address traps`() async {
    var result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let one = try SharedArray<Double>([1])
      BLAS.scal(SharedArray(storage: one.storage.view(offset: 0, shape: [3], strides: [0])), by: 2)
    }
    expect("x cannot be an output: all its elements along axis 0 of shape [3] share one address.", in: result)
    result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let row = try SharedArray<Double>([1, 2])
      let c = SharedArray(storage: row.storage.view(offset: 0, shape: [3, 2], strides: [0, 1]))
      try matmul(SharedArray<Double>(shape: [3, 4]), SharedArray<Double>(shape: [4, 2]), into: c)
    }
    expect(
      "c cannot be an output: all its elements along axis 0 of shape [3, 2] share one address.", in: result)
  }
}
