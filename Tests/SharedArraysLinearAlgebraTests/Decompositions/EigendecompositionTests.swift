import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct EigendecompositionTests {
  @Test(arguments: Precision.allCases, [1, 2, 3, 10, 26, 100, 201])
  func `vectors are orthonormal and the residual is rounding`(precision: Precision, count: Int) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: UInt64(count))
      for layout in Layout.allCases {
        let a = try TestView<Element>(layout, rows: count, columns: count, using: &generator).array
        let before = a.toArray()
        let eigen = try eigh(a)
        #expect(a.toArray() == before)
        try expectSolution(eigen, of: a, "\(layout)")
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  /// Expects `‖A V − V Λ‖ ≤ 10 n ε ‖A‖` and `‖Vᵀ V − 1‖ ≤ 10 n ε` in the Frobenius norm, A being
  /// the mirrored upper triangle.
  private func expectSolution<Element: BLASElement>(
    _ eigen: Eigendecomposition<Element>, of upper: SharedArray<Element>, _ name: String
  ) throws {
    let count = upper.shape[0]
    let a = try upper.copy()
    for i in 0..<count { for j in 0..<i { a[i, j] = a[j, i] } }
    let tolerance = 10 * Element(count) * .ulpOfOne
    #expect(eigen.values.shape == [count] && eigen.vectors.shape == [count, count])
    let values = eigen.values.toArray()
    #expect(values == values.sorted())
    let residual = try SharedArray<Element>(shape: [count, count])
    for j in 0..<count {
      #expect(eigen.vectors[.all, j].isContiguous)
      try BLAS.axpy(-values[j], eigen.vectors[.all, j], into: residual[.all, j])
    }
    try matmul(a, eigen.vectors, into: residual, beta: 1)
    #expect(BLAS.nrm2(residual) <= tolerance * BLAS.nrm2(a), "\(name)")
    try BLAS.syrk(eigen.vectors, into: residual)
    for i in 0..<count { residual[i, i] -= 1 }
    #expect(BLAS.nrm2(residual) <= tolerance, "\(name)")
  }

  @Test func `a matrix without rows has no eigenvalues`() throws {
    let eigen = try eigh(try SharedArray<Double>(shape: [0, 0]))
    #expect(eigen.values.shape == [0] && eigen.vectors.shape == [0, 0])
  }

  @Test func `only the upper triangle is read`() throws {
    let a = try SharedArray<Double>([2, 1, .nan, 2], shape: [2, 2])
    let eigen = try eigh(a)
    #expect(abs(eigen.values[0] - 1) <= 1e-15 && abs(eigen.values[1] - 3) <= 1e-15)
    #expect(try eigh(ReadOnlySharedArray(a)).values.toArray() == eigen.values.toArray())
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], [(0, 0), (1, 4), (59, 59)])
  func `an element that is not finite is an error`(value: Double, place: (Int, Int)) throws {
    let a = try SharedArray<Double>(shape: [60, 60])
    a[place.0, place.1] = value
    let error = #expect(throws: LinearAlgebraError.self) { try eigh(a) }
    #expect(error?.code == .notFinite)
    #expect(error?.description.contains("a[\(place.0), \(place.1)] is \(value)") == true)
  }

  @Test(arguments: Precision.allCases)
  func `elements near the ends of the range give correct results`(precision: Precision) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: 9)
      for exponent in [
        Element.greatestFiniteMagnitude.exponent - 8, Element.leastNormalMagnitude.exponent + 8,
      ] {
        let a = try TestView<Element>(.contiguous, rows: 30, columns: 30, using: &generator).array
        let expected = try eigh(a).values
        BLAS.scal(a, by: Element(sign: .plus, exponent: exponent, significand: 1))
        let values = try eigh(a).values
        BLAS.scal(values, by: Element(sign: .plus, exponent: -exponent, significand: 1))
        try BLAS.axpy(-1, expected, into: values)
        #expect(BLAS.nrm2(values) <= 100 * .ulpOfOne * BLAS.nrm2(expected))
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  @Test func `equal eigenvalues have orthonormal vectors`() throws {
    let a = try SharedArray<Double>(shape: [50, 50])
    for i in 0..<50 { a[i, i] = 4 }
    let eigen = try eigh(a)
    #expect(eigen.values.toArray().allSatisfy { $0 == 4 })
    try expectSolution(eigen, of: a, "4 times the unit matrix")
    a.fill(0)
    try expectSolution(try eigh(a), of: a, "zeros")
  }

  /// No finite matrix is known for which LAPACK gives up, so only its answer is made up here.
  @Test(arguments: [(3, 3), (10, 10), (2 * 11 + 5, 4), (11 * 10 + 10, 1)])
  func `an iteration that fails is an error with a count`(info: Int, unconverged: Int) throws {
    try checkSymmetricEigen(info: 0, count: 10)
    let error = #expect(throws: LinearAlgebraError.self) { try checkSymmetricEigen(info: info, count: 10) }
    #expect(error?.code == .notConverged && error?.unconvergedCount == unconverged)
    #expect(error?.description.contains("\(unconverged) of 10 eigenvalues") == true)
  }

  @Test(.needsFaultInjection) func `a system call that fails in eigh is an error with its cause`() throws {
    // Temporaries of more than a megabyte have memory of their own; nothing must be left of earlier
    // ones.
    let a = try SharedArray<Double>(shape: [400, 400])
    Arena.dropIdle()
    let calls = try FaultInjection.countingCalls { _ = try eigh(a) }
    var failures = 0
    for skip in 0..<calls {
      Arena.dropIdle()
      do throws(LinearAlgebraError) {
        _ = try FaultInjection.failing("*", with: 28, afterCalls: skip) { () throws(LinearAlgebraError) in
          try eigh(a)
        }
      } catch {
        failures += 1
        #expect(error.code == .insufficientMemory)
        #expect(error.underlying != nil)
        let start = "Memory for a temporary or for the result could not be allocated (shape ["
        #expect(error.description.hasPrefix(start))
      }
    }
    #expect(failures > 0)
  }
}
