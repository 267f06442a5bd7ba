import Foundation

/// The fields of a JSON line of the benchmarks that a chart needs.
struct Measurement: Decodable {
  var bench: String
  var peer: String
  var value: Double
  var unit: String
  var n: Int

  var isOurs: Bool { peer.hasPrefix("SharedArrays") }
  var isLimit: Bool { peer.hasPrefix("C ") || peer.hasPrefix("C,") }

  /// The identifier before the title, such as W4.
  var workload: String { String(bench.prefix { $0 != " " }) }
  var title: String { String(bench.drop { $0 != " " }.dropFirst()) }

  /// A number that is larger for a faster contender.
  var speed: Double { ["us", "ns"].contains(unit) ? 1 / value : value }

  /// Reads a file of JSON lines.
  ///
  /// Where several runs have appended lines for the same contender of a benchmark, the last one
  /// counts.
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

/// Returns the text of a file.
func contents(of path: String) throws(ChartError) -> String {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw ChartError("\(path) cannot be read")
  }
  return String(decoding: data, as: UTF8.self)
}

/// A failure of the program, described in a sentence.
struct ChartError: Error {
  var text: String
  init(_ text: String) { self.text = text }
}
