import SharedArraysCore
import SharedArraysLinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct BLASTests {
  static let strides = [1, 2, -1, -3, 0]
  static let counts = [0, 1, 2, 7, 1000, 20_001]

  @Test(arguments: Precision.allCases, counts)
  func `dot of any two vectors is the sum of their products`(precision: Precision, count: Int) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: UInt64(count))
      for xStride in Self.strides {
        for yStride in Self.strides {
          let x = try TestView<Element>(shape: [count], strides: [xStride], using: &generator).array
          let y = try TestView<Element>(shape: [count], strides: [yStride], using: &generator).array
          let expected = Reference(zip(x.toArray(), y.toArray()).map { ($0, $1) })
          #expect(
            expected.admits(BLAS.dot(x, y)),
            "\(BLAS.dot(x, y)) is not \(expected), strides \(xStride), \(yStride)")
        }
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  @Test(arguments: Precision.allCases, counts)
  func `nrm2 of any vector is its length`(precision: Precision, count: Int) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: UInt64(count))
      for stride in Self.strides {
        let x = try TestView<Element>(shape: [count], strides: [stride], using: &generator).array
        let squares = Reference(x.toArray().map { ($0, $0) })
        let expected = squares.value.squareRoot()
        #expect(abs(BLAS.nrm2(x) - expected) <= Element(count + 3) * .ulpOfOne * expected, "stride \(stride)")
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  @Test(arguments: Precision.allCases, counts)
  func `axpy adds a multiple and leaves gaps alone`(precision: Precision, count: Int) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: UInt64(count))
      for xStride in Self.strides {
        for yStride in Self.strides where yStride != 0 {
          let x = try TestView<Element>(shape: [count], strides: [xStride], using: &generator).array
          let y = try TestView<Element>(shape: [count], strides: [yStride], using: &generator)
          let before = y.array.toArray()
          try BLAS.axpy(0.75, x, into: y.array)
          let isRight = zip(zip(x.toArray(), before), y.array.toArray()).allSatisfy { old, new in
            Reference([(0.75, old.0), (1, old.1)] as [(Element, Element)]).admits(new)
          }
          #expect(isRight, "strides \(xStride), \(yStride)")
          #expect(y.gapsAreUntouched)
        }
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  @Test(arguments: Precision.allCases, counts)
  func `scale multiplies every element once and leaves gaps alone`(precision: Precision, count: Int) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: UInt64(count))
      for stride in Self.strides where stride != 0 {
        for factor in [Element(0), 1, -2.5] {
          let x = try TestView<Element>(shape: [count], strides: [stride], using: &generator)
          let expected = x.array.toArray().map { $0 * factor }
          BLAS.scal(x.array, by: factor)
          #expect(x.array.toArray() == expected)
          #expect(x.gapsAreUntouched)
        }
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  @Test func `arrays of any rank are one long vector`() throws {
    let x = try SharedArray<Double>(Array(stride(from: 1.0, through: 24, by: 1)), shape: [2, 3, 4])
    let y = try SharedArray<Double>(shape: [2, 3, 4])
    #expect(BLAS.dot(x, x) == 4900)
    #expect(BLAS.nrm2(x) == 70)
    try BLAS.axpy(2, x, into: y)
    #expect(BLAS.dot(x.transposed(), y.transposed()) == 9800)
    #expect(
      BLAS.dot(x[.stride(by: -1), .stride(by: 2)], y[.stride(by: -1), .stride(by: 2)]) == 2
        * BLAS.dot(x[.all, .stride(by: 2)], x[.all, .stride(by: 2)]))
    BLAS.scal(y[.all, 1, .stride(by: -1)], by: 0.5)
    #expect(y[1, 1, 3] == 20 && y[1, 2, 3] == 48 && y[0, 1, 0] == 5)
    let scalar = try SharedArray<Double>([3], shape: [])
    try BLAS.axpy(1, scalar, into: scalar)
    BLAS.scal(scalar, by: 2)
    #expect(BLAS.dot(scalar, scalar) == 144 && BLAS.nrm2(scalar) == 12)
    let empty = try SharedArray<Double>(shape: [3, 0])
    try BLAS.axpy(1, empty, into: empty)
    BLAS.scal(empty, by: 2)
    #expect(BLAS.dot(empty, empty) == 0 && BLAS.nrm2(empty) == 0)
  }

  @Test func `inputs of vector functions may be read-only arrays`() throws {
    let array = try SharedArray<Float>([3, 4])
    let x = ReadOnlySharedArray(array)
    #expect(BLAS.dot(x, array) == 25 && BLAS.nrm2(x) == 5)
    let y = try SharedArray<Float>(shape: [2])
    try BLAS.axpy(2, x, into: y)
    #expect(y.toArray() == [6, 8])
  }

  @Test(arguments: Precision.allCases)
  func `nrm2 is exact where squares leave the range`(precision: Precision) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      for unit in [Element.greatestFiniteMagnitude / 8, .leastNormalMagnitude, .leastNonzeroMagnitude] {
        let x = try SharedArray<Element>([3 * unit, -4 * unit])
        #expect(abs(BLAS.nrm2(x) - 5 * unit) <= 5 * unit * 4 * .ulpOfOne)
        let rows = try SharedArray<Element>([3 * unit, 0, 4 * unit, 0], shape: [2, 2])[.all, 0..<1]
        #expect(abs(BLAS.nrm2(rows) - 5 * unit) <= 5 * unit * 4 * .ulpOfOne)
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  @Test(arguments: [1, 3, 40], [1, -2])
  func `NaN and infinities propagate`(count: Int, stride: Int) throws {
    var generator = SeededGenerator(seed: 1)
    let cases: [(Double, Double, Double)] = [
      (.nan, 1, .nan), (.infinity, 0, .nan), (.infinity, 1, .infinity),
    ]
    for (value, other, product) in cases {
      let x = try TestView<Double>(shape: [count], strides: [stride], using: &generator).array
      let y = try TestView<Double>(shape: [count], strides: [1], using: &generator).array
      x[count / 2] = value
      y[count / 2] = other
      #expect(BLAS.dot(x, y) == product || product.isNaN && BLAS.dot(x, y).isNaN)
      #expect(value.isNaN ? BLAS.nrm2(x).isNaN : BLAS.nrm2(x) == .infinity)
      y[count / 2] = -.infinity
      try BLAS.axpy(1, x, into: y)
      #expect(y[count / 2].isNaN)
      BLAS.scal(x, by: 0)
      #expect(x[count / 2].isNaN)
      x[count / 2] = value
      BLAS.scal(x, by: .nan)
      #expect(x.isAllNaN)
    }
  }

  @Test func `infinities in several rows make an infinite norm`() throws {
    let x = try SharedArray<Double>([.infinity, 0, -.infinity, 0], shape: [2, 2])[.all, 0..<1]
    #expect(BLAS.nrm2(x) == .infinity)
    x[1, 0] = .nan
    #expect(BLAS.nrm2(x).isNaN)
  }

  @Test func `a factor of 0 leaves the output as it is`() throws {
    let x = try SharedArray<Double>([.nan, .infinity])
    let y = try SharedArray<Double>([1, 2])
    try BLAS.axpy(0, x, into: y)
    #expect(y.toArray() == [1, 2])
  }
}
