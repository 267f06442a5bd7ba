/// What is wrong with the arguments of a program.
package struct UsageError: Error {
  package var text: String

  package init(text: String) { self.text = text }
}

/// The value of an option that is a number.
///
/// - Parameter text: what stands behind the option; nil if nothing does.
/// - Throws: ``UsageError`` if that is no number, or one outside of `range`.
package func number(
  _ option: String, _ text: String?, in range: ClosedRange<Int>
) throws(UsageError) -> Int {
  guard let text, let number = Int(text), range.contains(number) else {
    throw UsageError(
      text:
        "\(option) needs a number from \(range.lowerBound) to \(range.upperBound), not \(text ?? "nothing")"
    )
  }
  return number
}
