/// The command line of `sharedarray-bench`.
struct Arguments {
  static let usage = """
    sharedarray-bench [W1] [W2] [W3] [W4] [W5] [W6] [W7] [W8] [W9] [W10] [W11] [--quick] [--json FILE]

      W1, W2, W9   pools: one task to and fro, maps, a sum; empty runs of teams
      W3           starting processes and waiting for their end
      W4           one pass over an array: y = a x + y, sum(x), access to single elements
      W5           matrix multiplication, by threads of BLAS and in a pool
      W6           messages from process to process: connections and queues
      W7           creating, attaching and removing named arrays
      W8           a counter behind a lock, alone and contended
      W10          reductions, updates and selections of every element type beside NumPy, one thread
      W11          making values into messages and back, beside Foundation's coders
      --quick      few rounds over small sizes: shows that everything runs, not how fast
      --json FILE  also appends the JSON lines to FILE

    Without the name of a workload all of them run. One JSON line for each contender goes to standard output, a table
    for each benchmark to standard error.
    """

  var workloads: [Workload] = []
  var quick = false
  var help = false
  var json: String?

  /// Throws a sentence about the first argument that cannot be understood.
  init(_ words: some Sequence<String>) throws(BenchmarkError) {
    var words = words.makeIterator()
    while let word = words.next() {
      switch word {
      case "--quick": quick = true
      case "--help", "-h": help = true
      case "--json":
        guard let path = words.next() else { throw BenchmarkError("--json needs the name of a file.") }
        json = path
      default:
        workloads.append(try Self.workload(named: word))
      }
    }
    if workloads.isEmpty { workloads = Workload.allCases }
  }

  private static func workload(named word: String) throws(BenchmarkError) -> Workload {
    if let workload = Workload(rawValue: word) { return workload }
    if word.hasPrefix("-") {
      throw BenchmarkError("There is no option \(word); --help shows those there are.")
    }
    let known = Workload.allCases.map(\.rawValue).joined(separator: ", ")
    throw BenchmarkError("There is no workload \(word) among \(known).")
  }
}
