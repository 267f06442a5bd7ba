import SharedArraysCore
import SharedArraysLinearAlgebra
import Testing

struct OpenBLASTests {
  @Test func `the library reports its version and its kernels`() {
    #expect(OpenBLAS.configuration.hasPrefix("OpenBLAS "))
    #expect(!OpenBLAS.core.isEmpty)
    #expect(OpenBLAS.configuration.contains("MAX_THREADS"))
  }

  @Test func `computing does not change the number of threads`() throws {
    let before = BLASThreads.count
    #expect(before >= 1)
    let a = try SharedArray<Double>(shape: [300, 300])
    try matmul(a, a, into: try SharedArray<Double>(shape: [300, 300]))
    _ = try eigh(a)
    #expect(BLASThreads.count == before)
  }

  @Test func `errors are values`() throws {
    let a = try SharedArray<Double>(shape: [2, 2])
    let errors = (0..<2).map { _ in #expect(throws: LinearAlgebraError.self) { try matmul(a, a, into: a) } }
    #expect(errors[0] == errors[1])
    #expect(errors[0]?.underlying == nil && errors[0]?.unconvergedCount == nil)
    #expect(
      errors[0]?.description
        == "The output shares memory with an input (c of shape [2, 2] and a of shape [2, 2]).")
  }
}
