internal import Glibc

/// A line in a terminal that is drawn repeatedly.
enum ProgressBar {
  static var isPossible: Bool { isatty(STDERR_FILENO) == 1 }

  static func draw(_ progress: PoolProgress, _ label: String) {
    // The escape sequence erases the rest of the previous line.
    let text = "\r" + line(progress, label) + "\u{1b}[K" + (progress.isLast ? "\n" : "")
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      // SAFETY: the buffer has the bytes that `write` reads, and outlives the call.
      let count = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
      // A terminal that accepts nothing, or is gone, is not worth an error.
      if count <= 0 { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Returns the text of the line, for example
  /// `areas  45% [#########...........] 450/1000 123/s 0:04`.
  static func line(_ progress: PoolProgress, _ label: String) -> String {
    var words = label.isEmpty ? [] : [label]
    if let total = progress.total {
      let share = total > 0 ? min(1, Double(progress.done) / Double(total)) : 1
      let percent = String(Int(share * 100))
      words.append(String(repeating: " ", count: 3 - percent.count) + percent + "%")
      let filled = Int(share * 24)
      words.append(
        "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled) + "]")
      words.append("\(progress.done)/\(total)")
    } else {
      words.append("\(progress.done)")
    }
    words.append(text(ofRate: progress.rate))
    if progress.isLast {
      words.append("in " + text(of: progress.elapsed))
    } else if let remaining = progress.remaining {
      words.append(text(of: remaining) + " left")
    }
    return words.joined(separator: " ")
  }

  private static func text(ofRate rate: Double) -> String {
    if rate >= 100 { return "\(Int(min(rate, 1e15)))/s" }
    let hundredths = Int(rate * 100)
    let digits = String(hundredths % 100)
    return "\(hundredths / 100).\(digits.count < 2 ? "0" : "")\(digits)/s"
  }

  private static func text(of time: Duration) -> String {
    let seconds = Int(min(time.components.seconds, 360_000_000))
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0
      ? "\(hours):\(two(minutes)):\(two(seconds % 60))" : "\(minutes):\(two(seconds % 60))"
  }
}
