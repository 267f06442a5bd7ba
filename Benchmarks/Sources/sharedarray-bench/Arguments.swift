/// The command line of `sharedarray-bench`.
struct Arguments {
  static let usage = """
    sharedarray-bench [TOPIC...] [--quick] [--json FILE]

      Dispatch      W1   one task of a pool and its result, empty runs of a team, barriers
      PoolMap       W2   maps over a pool
      ProcessStart  W3   starting a process and waiting for it to exit
      Bandwidth     W4   one pass over an array: y = a x + y, sum(x), single elements, a heat equation
      Matmul        W5   matrix products by BLAS threads and by the workers of a pool
      Queues        W6   messages between processes: connections and queues
      Segments      W7   creating, attaching and unlinking named arrays
      Locks         W8   a counter under a lock, uncontended and contended
      SumOfSquares  W9   a sum over the workers of a pool
      Arrays        W10  reductions, updates and selections of each element type beside NumPy, one thread
      Transfer      W11  encoding and decoding values, beside Foundation's coders

      --quick      few rounds over small sizes: shows that everything runs, measures no speed
      --json FILE  also appends the JSON lines to FILE

    A topic is selected by its name or by its alias, W1 to W11, in any letter case. Without a topic, all
    of them run. Each contender prints one JSON line to standard output. Each benchmark prints a table to
    standard error.
    """

  var topics: [Topic] = []
  var quick = false
  var help = false
  var json: String?

  /// Parses the words of a command line.
  ///
  /// - Throws: A sentence about the first argument that is not valid.
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
        topics.append(try Self.topic(named: word))
      }
    }
    if topics.isEmpty { topics = Topic.allCases }
  }

  private static func topic(named word: String) throws(BenchmarkError) -> Topic {
    if let topic = Topic(word) { return topic }
    if word.hasPrefix("-") {
      throw BenchmarkError("\(word) is not an option; --help lists the options.")
    }
    let known = Topic.allCases.map { "\($0.rawValue) (\($0.alias))" }.joined(separator: ", ")
    throw BenchmarkError("\(word) is not a topic; the topics are \(known).")
  }
}
