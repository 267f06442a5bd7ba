import Foundation
import SharedArraysCore
import SharedArraysLinearAlgebra
import TestSupport
import Testing

/// The same views of the same memory, computed by NumPy.
@Suite(.needsNumPy, .timeLimit(.minutes(5)))
struct NumPyTests {
  /// Reads the memory of all views and a line for each case; writes all results, one after the
  /// other.
  private static let products = """
    import json, sys, numpy
    directory = sys.argv[1]
    memory = numpy.load(directory + "/memory.npy")
    item = memory.itemsize
    def view(at):
        return numpy.lib.stride_tricks.as_strided(
            memory[at["offset"]:], at["shape"], [s * item for s in at["strides"]])
    results = []
    for line in open(directory + "/cases"):
        case = json.loads(line)
        a, b, c = (view(case[name]) for name in "abc")
        alpha, beta = memory.dtype.type(case["alpha"]), memory.dtype.type(case["beta"])
        if case["kind"] == "multiply":
            result = alpha * (a @ b)
        else:
            result = alpha * (a.T @ a)
        if case["beta"] != 0:
            result = result + beta * c
        results.append(result.ravel())
    numpy.save(directory + "/results.npy", numpy.concatenate(results))
    """

  @Test(arguments: Precision.allCases)
  func `products equal NumPy's within rounding`(precision: Precision) throws {
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }

  private func check<Element: BLASElement>(_: Element.Type) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let cases = try (0..<400).map { _ in try NumPyCase<Element>(using: &generator) }
    try withTemporaryDirectory { directory in
      var memory: [Element] = []
      let lines = cases.map { $0.line(appendingTo: &memory) }
      try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: directory + "/cases"))
      try SharedArray(memory).save(directory + "/memory.npy")
      _ = try python(Self.products, directory)
      let results = try SharedArray<Element>.load(npy: directory + "/results.npy").toArray()
      var done = 0
      for (index, one) in cases.enumerated() {
        try one.compute()
        let expected = results[done..<done + one.c.array.count]
        done += expected.count
        let limit = Element(4 * (one.a.array.count + 4)) * .ulpOfOne
        let error = zip(one.c.array.toArray(), expected).map { abs($0 - $1) }.max() ?? 0
        #expect(error <= limit, "seed \(seed), case \(index): \(lines[index])")
      }
      #expect(done == results.count)
    }
  }

  /// Well separated eigenvalues, so that the vectors are determined up to their signs.
  @Test(arguments: Precision.allCases, [1, 2, 5, 60])
  func `eigenvalues and eigenvectors equal NumPy's`(precision: Precision, count: Int) throws {
    func check<Element: BLASElement>(_: Element.Type) throws {
      var generator = SeededGenerator(seed: UInt64(count))
      let a = try TestView<Element>(.spread, rows: count, columns: count, using: &generator).array
      for i in 0..<count { a[i, i] = 10 * Element(i) }
      try withTemporaryDirectory { directory in
        try a.save(directory + "/a.npy")
        let program = """
          import sys, numpy
          w, v = numpy.linalg.eigh(numpy.load(sys.argv[1] + "/a.npy"), UPLO="U")
          numpy.save(sys.argv[1] + "/w.npy", w)
          numpy.save(sys.argv[1] + "/v.npy", v)
          """
        _ = try python(program, directory)
        let values = try SharedArray<Element>.load(npy: directory + "/w.npy")
        let vectors = try SharedArray<Element>.load(npy: directory + "/v.npy")
        let eigen = try eigh(a)
        let limit = Element(20 * (count + 1)) * .ulpOfOne
        for j in 0..<count {
          #expect(abs(values[j] - eigen.values[j]) <= limit * 10 * Element(count))
          let cosine = abs(BLAS.dot(vectors[.all, j], eigen.vectors[.all, j]))
          #expect(abs(cosine - 1) <= limit)
        }
      }
    }
    switch precision {
    case .single: try check(Float.self)
    case .double: try check(Double.self)
    }
  }
}

/// One computation on random views.
private struct NumPyCase<Element: BLASElement> {
  let kind: String
  let a, b, c: TestView<Element>
  let alpha, beta: Element

  init(using generator: inout SeededGenerator) throws {
    func extent(_ generator: inout SeededGenerator) -> Int { .random(in: 0...12, using: &generator) }
    func layout(_ generator: inout SeededGenerator) -> Layout {
      Layout.allCases.randomElement(using: &generator)!
    }
    let (rows, inner, columns) = (extent(&generator), extent(&generator), extent(&generator))
    let isVector = Bool.random(using: &generator)
    let output = Layout.outputs.randomElement(using: &generator)!
    kind = Int.random(in: 0..<3, using: &generator) == 0 ? "symmetric" : "multiply"
    alpha = [1, -2, 0.25].randomElement(using: &generator)!
    beta = [0, 1, -0.5].randomElement(using: &generator)!
    a = try TestView(layout(&generator), rows: rows, columns: inner, using: &generator)
    if kind == "symmetric" {
      b = a
      c = try TestView(output, rows: inner, columns: inner, using: &generator)
      for i in 0..<inner { for j in 0..<i { c.array[i, j] = c.array[j, i] } }
    } else if isVector {
      let strides = [1, 2, -1, -3]
      b = try TestView(
        shape: [inner], strides: [(strides + [0]).randomElement(using: &generator)!], using: &generator)
      c = try TestView(shape: [rows], strides: [strides.randomElement(using: &generator)!], using: &generator)
    } else {
      b = try TestView(layout(&generator), rows: inner, columns: columns, using: &generator)
      c = try TestView(output, rows: rows, columns: columns, using: &generator)
    }
  }

  /// The case in JSON; appends the memory of its views.
  func line(appendingTo memory: inout [Element]) -> String {
    func place(_ view: TestView<Element>) -> String {
      defer { memory += view.memory.toArray() }
      return "{\"offset\": \(memory.count + view.offset), \"shape\": \(view.array.shape), "
        + "\"strides\": \(view.array.strides)}"
    }
    return "{\"kind\": \"\(kind)\", \"alpha\": \(alpha), \"beta\": \(beta), "
      + "\"a\": \(place(a)), \"b\": \(place(b)), \"c\": \(place(c))}"
  }

  func compute() throws {
    if kind == "symmetric" {
      try BLAS.syrk(a.array, into: c.array, alpha: alpha, beta: beta)
    } else {
      try matmul(a.array, b.array, into: c.array, alpha: alpha, beta: beta)
    }
  }
}
