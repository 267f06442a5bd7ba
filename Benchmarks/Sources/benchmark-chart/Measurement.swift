import Foundation

/// A line that the benchmarks print, as far as a chart needs it.
struct Measurement: Decodable {
  var bench: String
  var peer: String
  var value: Double
  var unit: String
  var n: Int

  var isOurs: Bool { peer.hasPrefix("SharedArrays") }
  var isLimit: Bool { peer.hasPrefix("C ") || peer.hasPrefix("C,") }

  /// The number before the title, such as W4.
  var workload: String { String(bench.prefix { $0 != " " }) }
  var title: String { String(bench.drop { $0 != " " }.dropFirst()) }

  /// The more, the faster.
  var speed: Double { ["us", "ns"].contains(unit) ? 1 / value : value }

  /// Reads lines of JSON; of several for the same contender of a benchmark, which came of runs one after the other, the last.
  static func read(_ path: String) throws(ChartError) -> [Measurement] {
    let text = try contents(of: path)
    var places: [[String]: Int] = [:]
    var all: [Measurement] = []
    for (number, line) in text.split(separator: "\n").enumerated() {
      let measurement: Measurement
      do { measurement = try JSONDecoder().decode(Measurement.self, from: Data(line.utf8)) } catch {
        throw ChartError("\(path), line \(number + 1) is not a JSON line of the benchmarks: \(line)")
      }
      guard measurement.value > 0, measurement.value.isFinite else {
        throw ChartError("\(path), line \(number + 1) has a value that cannot be compared: \(line)")
      }
      let key = [measurement.bench, measurement.peer]
      if let place = places[key] {
        all[place] = measurement
      } else {
        places[key] = all.count
        all.append(measurement)
      }
    }
    if all.isEmpty { throw ChartError("\(path) has no measurements") }
    return all
  }
}

func contents(of path: String) throws(ChartError) -> String {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw ChartError("\(path) cannot be read")
  }
  return String(decoding: data, as: UTF8.self)
}

struct ChartError: Error {
  var text: String
  init(_ text: String) { self.text = text }
}
