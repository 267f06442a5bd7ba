import Foundation

func logarithm(_ x: Double) -> Double { log(x) }

/// A number with at most two decimals.
func number(_ x: Double) -> String {
  let text = String(format: "%.2f", x)
  return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
}

/// A ratio with as many digits as it deserves.
func digits(_ ratio: Double) -> String {
  String(format: ratio < 0.1 ? "%.3f" : ratio < 10 ? "%.2f" : "%.0f", ratio)
}

func shortened(_ text: String, to count: Int) -> String {
  text.count <= count ? text : text.prefix(count - 1) + "…"
}

func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
}
