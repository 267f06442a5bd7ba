internal import Glibc

/// What became of a process that was known by its number.
package enum ProcessLife: String, Sendable {
  case runs
  case ended
  /// The number belongs to a process that was started later.
  case replaced

  /// Asks about the process that had `number` at the second `moment` since 1970.
  package init(of number: Int, at moment: Int) {
    guard let text = readSmallFile("/proc/\(number)/stat"),
      // The name of the program stands in parentheses and may hold any character.
      let end = text.lastIndex(of: ")")
    else {
      self = .ended
      return
    }
    let fields = text[end...].split(separator: " ").dropFirst()
    guard fields.count > 19, fields[fields.startIndex] != "Z" else {
      self = .ended
      return
    }
    let started = Int(fields[fields.startIndex + 19]).flatMap(Self.second)
    // The two clocks may disagree by a little.
    self = (started ?? 0) > moment + 2 ? .replaced : .runs
  }

  /// The second since 1970 in which the machine had run for `ticks`.
  private static func second(ticks: Int) -> Int? {
    guard let uptime = readSmallFile("/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) })
    else { return nil }
    return time(nil) - Int(uptime) + ticks / max(1, sysconf(CInt(_SC_CLK_TCK)))
  }
}
