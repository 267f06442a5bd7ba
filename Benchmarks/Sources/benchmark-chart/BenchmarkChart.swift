import Foundation

/// Draws the results of the benchmarks as a bar chart.
@main
enum BenchmarkChart {
  static let usage = """
    usage: benchmark-chart RESULTS CHART [--check]
      RESULTS   the JSON lines that the benchmarks print
      CHART     the picture, in SVG
      --check   writes nothing; fails if the picture differs from the one of the results
    """

  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let isCheck = arguments.last == "--check"
    if isCheck { arguments.removeLast() }
    guard arguments.count == 2, !arguments.contains(where: { $0.hasPrefix("-") }) else {
      fail(usage, code: 64)
    }
    do throws(ChartError) { try run(arguments[0], arguments[1], isCheck) } catch {
      fail("benchmark-chart: \(error.text)")
    }
  }

  private static func run(_ results: String, _ chart: String, _ isCheck: Bool) throws(ChartError) {
    let groups = Group.all(of: try Measurement.read(results))
    if groups.isEmpty { throw ChartError("\(results) contains no measurements that can be compared") }
    let svg = Picture(groups).svg
    if !isCheck {
      do { try Data(svg.utf8).write(to: URL(filePath: chart), options: .atomic) } catch {
        throw ChartError("\(chart) cannot be written")
      }
      return
    }
    guard try contents(of: chart) == svg else {
      throw ChartError("\(chart) differs from the picture of \(results); make chart draws it again")
    }
  }

  private static func fail(_ text: String, code: Int32 = 1) -> Never {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
    exit(code)
  }
}
