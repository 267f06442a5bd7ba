internal import Glibc

/// The state of a process known by its pid.
package enum ProcessLife: String, Sendable {
  case runs
  case ended
  /// The pid belongs to a process that was started later.
  case replaced

  /// Looks up the process that had the pid `number` at the second `moment` since 1970.
  package init(of number: Int, at moment: Int) {
    guard let text = readSmallFile("/proc/\(number)/stat"),
      // The program's name is in parentheses and can hold any character.
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
    // The two clocks might differ slightly.
    self = (started ?? 0) > moment + 2 ? .replaced : .runs
  }

  /// Returns the second since 1970 in which the machine had run for `ticks`.
  private static func second(ticks: Int) -> Int? {
    guard let uptime = readSmallFile("/proc/uptime")?.split(separator: " ").first.flatMap({ Double($0) })
    else { return nil }
    return time(nil) - Int(uptime) + ticks / max(1, sysconf(CInt(_SC_CLK_TCK)))
  }
}
