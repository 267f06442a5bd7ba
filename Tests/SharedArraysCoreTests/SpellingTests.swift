import Foundation
import TestSupport
import Testing

/// Tests that NumPy's spelling of an operation is a compile error that names this package's
/// spelling.
@Suite(.timeLimit(.minutes(2)))
struct SpellingTests {
  private static let mistakes: [(statement: String, advice: String)] = [
    ("_ = x[m]", "take(where:)"), ("_ = x[i]", "take(_:axis:)"), ("_ = x[[2, 0]]", "take(_:axis:)"),
    ("_ = x == y", ".=="), ("_ = x == 1", ".=="), ("if x != y {}", "elementsEqual(_:)"),
    ("_ = x != 1", ".!="), ("_ = x < 1", ".<"), ("_ = x < y", ".<"), ("_ = x <= 1", ".<="),
    ("_ = x > 1", ".>"),
    ("_ = x >= y", ".>="), ("_ = ReadOnlySharedArray(x) > 1", ".>"),
  ]

  @Test func `the compiler says what to write instead`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/Mistakes.swift"
      let functions = Self.mistakes.enumerated().map { number, mistake in
        "func f\(number)(_ x: SharedArray<Double>, _ y: SharedArray<Double>, _ m: SharedArray<Bool>, "
          + "_ i: SharedArray<Int>) { \(mistake.statement) }"
      }
      try ("import SharedArraysCore\n" + functions.joined(separator: "\n") + "\n")
        .write(toFile: path, atomically: false, encoding: .utf8)
      let lines = try messagesOfCompiling(path, in: directory).split(separator: "\n")
      for (number, mistake) in Self.mistakes.enumerated() {
        // The functions start on line 2.
        let place = "Mistakes.swift:\(number + 2):"
        let errors = lines.filter { $0.contains(place) && $0.contains(" error:") }
        let isAdvised = errors.contains { $0.contains(mistake.advice) }
        #expect(isAdvised, "\(mistake.statement): \(errors)")
      }
    }
  }
}
