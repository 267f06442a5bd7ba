import Foundation
import SharedArraysCore
import TestSupport
import Testing

/// Compares random chains of views with NumPy.
///
/// `NDARRAYS_CASES` sets the number of chains, `NDARRAYS_SEED` the seed.
@Suite struct RandomViewTests {
  @Test(.needsNumPy)
  func `elements, sums, means and norms of random views are NumPy's`() throws {
    let seed = environmentNumber("NDARRAYS_SEED", or: 1)
    var generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: seed))
    let cases = try (0..<environmentNumber("NDARRAYS_CASES", or: 3_000)).map { _ in
      // Arrays with few axes have long ones, so that runs longer than a block also occur.
      try ViewCase.random(longest: [1, 900, 40, 12, 7, 5, 4, 3, 3], using: &generator)
    }
    let answers = try ViewCase.answers(to: cases)
    var place = 0
    for (number, sample) in cases.enumerated() {
      let view = try sample.viewOfFractions()
      let count = Int(answers[place + 3])
      let expected = ViewCase.Answer(
        elements: Array(answers[place + 4..<place + 4 + count]), sum: answers[place],
        magnitudes: answers[place + 1], norm: answers[place + 2])
      #expect(expected.isMet(by: view), "seed \(seed), case \(number): \(sample)")
      place += 4 + count
    }
    #expect(place == answers.count)
  }
}

// MARK: - NumPy

extension ViewCase {
  /// Returns the view of an array whose element k is a fixed, random-looking fraction between
  /// -32768 and 32768.
  fileprivate func viewOfFractions() throws -> SharedArray<Double> {
    let count = shape.reduce(1, *)
    let numbers = (0..<count).map {
      Double(UInt32(truncatingIfNeeded: $0 &* 2_654_435_761)) / 65_536 - 32_768
    }
    return view(of: try SharedArray(numbers, shape: shape))
  }

  /// NumPy's elements of a view, and their sums without rounding.
  fileprivate struct Answer {
    let elements: [Double]
    let sum: Double
    let magnitudes: Double
    let norm: Double

    func isMet(by view: SharedArray<Double>) -> Bool {
      let count = Double(elements.count)
      let bound = max(1, log2(count)) * Double.ulpOfOne
      let mean = view.mean()
      return view.toArray() == elements && view.elements.elementsEqual(elements)
        && view.count == elements.count
        && abs(view.sum() - sum) <= bound * magnitudes
        && (elements.isEmpty ? mean.isNaN : abs(mean - sum / count) <= 2 * bound * magnitudes / count)
        && abs(view.norm() - norm) <= bound * norm
    }
  }

  /// Returns the sum, the sum of magnitudes, the norm, the number of elements and the elements of
  /// each case.
  fileprivate static func answers(to cases: [ViewCase]) throws -> [Double] {
    try withTemporaryDirectory { directory in
      let lines = cases.map(\.description).joined(separator: "\n")
      try lines.write(toFile: directory + "/cases", atomically: false, encoding: .utf8)
      _ = try python(script, directory + "/cases", directory + "/answers.npy")
      return try SharedArray<Double>.load(npy: directory + "/answers.npy").toArray()
    }
  }

  private static let script = """
    import math, sys, numpy
    answers = []
    for line in open(sys.argv[1]):
      shape, *steps = line.strip().split(';')
      shape = eval(shape)
      numbers = numpy.arange(numpy.prod(shape, dtype=numpy.uint64), dtype=numpy.uint64)
      x = (numbers * 2654435761 % 2**32 / 65536.0 - 32768.0).reshape(shape)
      for step in steps:
        if step: x = eval(step)
      elements = x.ravel().tolist()
      squares = math.fsum(e * e for e in elements)
      sums = [math.fsum(elements), math.fsum(map(abs, elements)), math.sqrt(squares), len(elements)]
      answers.append(numpy.array(sums + elements))
    numpy.save(sys.argv[2], numpy.concatenate(answers))
    """
}
