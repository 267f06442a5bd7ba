/// An error in the arguments of a program.
package struct UsageError: Error {
  package var text: String

  package init(text: String) { self.text = text }
}

/// Returns the number that is the value of an option.
///
/// - Parameter text: The argument after the option; nil if the option is the last argument.
/// - Throws: ``UsageError`` if the argument is not a number in `range`.
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
