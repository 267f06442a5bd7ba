import Foundation

/// Returns the natural logarithm of `x`.
func logarithm(_ x: Double) -> Double { log(x) }

/// Formats a number with at most two decimals.
func number(_ x: Double) -> String {
  let text = String(format: "%.2f", x)
  return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
}

/// Formats a ratio with about two or three significant digits.
func digits(_ ratio: Double) -> String {
  String(format: ratio < 0.1 ? "%.3f" : ratio < 10 ? "%.2f" : "%.0f", ratio)
}

/// Returns `text`, cut to `count` characters.
func shortened(_ text: String, to count: Int) -> String {
  text.count <= count ? text : text.prefix(count - 1) + "…"
}

/// Returns `text` with the special characters of XML escaped.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
}
