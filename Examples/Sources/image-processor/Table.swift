import SharedArrays

/// Prints a line for each picture: its size, its brightness and that of the results, the process,
/// and the time.
func printTable(_ jobs: [Job], _ outcomes: [Outcome]) {
  let heads =
    ["picture", "size", "kind", "brightness"] + ProcessPicture.steps.map(\.name) + ["process", "time"]
  var lines = [heads]
  var failures: [String] = []
  for (job, outcome) in zip(jobs, outcomes) {
    switch outcome {
    case .done(let report):
      lines.append(
        [stem(job.path), "\(report.width) x \(report.height)", report.kind, decimal(report.brightness)]
          + report.results.map { decimal($0.brightness) }
          + ["\(report.process)", milliseconds(report.duration)])
    case .failed(let error):
      failures.append("\(job.path.split(separator: "/").last ?? ""): \(error)")
    }
  }
  let widths = heads.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
  for line in lines {
    let cells = line.enumerated().map { column, text in
      let space = String(repeating: " ", count: widths[column] - text.count)
      return column == 0 ? text + space : space + text
    }
    print(cells.joined(separator: "  "))
  }
  for failure in failures { print(failure) }
}

/// Returns a number with three decimals.
func decimal(_ number: Double) -> String {
  let thousandths = Int((number * 1000).rounded())
  let digits = String(thousandths % 1000)
  return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
}

func milliseconds(_ duration: Duration) -> String { "\(Int((duration / .milliseconds(1)).rounded())) ms" }
