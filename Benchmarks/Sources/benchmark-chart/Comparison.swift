import Foundation

/// The speed of this library relative to another contender.
struct Comparison {
  /// The name of the benchmark; nil if it is the same as in the row above.
  var label: String?
  var peer: String
  var isLimit: Bool
  var ratio: Double
}

/// Comparisons under one heading.
struct Group {
  var title: String
  var rows: [Comparison]
}

extension Group {
  private static let titles: [(String, [String])] = [
    ("Pools and teams", ["W1", "W2", "W9"]),
    ("Starting processes", ["W3"]),
    ("One pass over an array; single elements", ["W4"]),
    ("Matrix multiplication", ["W5"]),
    ("Messages and queues", ["W6"]),
    ("Named arrays", ["W7"]),
    ("Locks and counters", ["W8"]),
    ("", ["W10"]),
    ("Values into messages and back", ["W11"]),
  ]

  /// The C contender that each lock is compared with.
  ///
  /// The fastest C contender, an atomic addition, uses no lock.
  private static let counterparts = [
    "SharedArrays SharedMutex.withLock": "C pthread robust mutex",
    "SharedArrays SharedValue.withLock": "C pthread robust mutex",
    "SharedArrays SharedSemaphore.withPermit": "C sem_t",
    "SharedArrays SharedAtomic.add": "C atomic fetch_add (no lock)",
  ]

  /// Contenders that do less work than their peers: memory without a name, many items in one call.
  private static let unlike = ["SharedArrays unnamed array", "SharedArrays SharedQueue, batches of 64"]

  static func all(of measurements: [Measurement]) -> [Group] {
    titles.flatMap { title, workloads in
      let contenders = measurements.filter { workloads.contains($0.workload) }
      if workloads == ["W10"] { return besideNumPy(contenders) }
      let rows = inOrder(contenders).flatMap(compare)
      return rows.isEmpty ? [] : [Group(title: title, rows: rows)]
    }
  }

  /// Returns the contenders of each benchmark, in the order of the results.
  private static func inOrder(_ measurements: [Measurement]) -> [[Measurement]] {
    let groups = Dictionary(grouping: measurements, by: \.bench)
    var names = Set<String>()
    return measurements.map(\.bench).filter { names.insert($0).inserted }.compactMap { groups[$0] }
  }

  /// Compares the fastest contender of this library with the fastest one in C and with all others.
  private static func compare(_ contenders: [Measurement]) -> [Comparison] {
    let ours = contenders.filter { $0.isOurs && !unlike.contains($0.peer) }
    guard let best = ours.max(by: { $0.speed < $1.speed }) else { return [] }
    let paired = ours.compactMap { own -> Comparison? in
      guard let peer = contenders.first(where: { $0.peer == counterparts[own.peer] }) else { return nil }
      let what = own.peer.split(separator: " ")[1].prefix { $0 != "." }.dropFirst("Shared".count).lowercased()
      return Comparison(
        label: "\(what), \(best.title)", peer: peer.peer, isLimit: true, ratio: own.speed / peer.speed)
    }
    if !paired.isEmpty { return paired }
    let limit = contenders.filter(\.isLimit).max { $0.speed < $1.speed }
    let others = contenders.filter { !$0.isOurs && !$0.isLimit }
    return ([limit].compactMap(\.self) + others).enumerated().map { index, peer in
      Comparison(
        label: index == 0 ? best.title : nil, peer: peer.peer, isLimit: peer.isLimit,
        ratio: best.speed / peer.speed)
    }
  }

  /// Returns the most common operations beside NumPy, and the geometric mean of all operations and
  /// types.
  ///
  /// The groups are those of the smallest and of the largest size.
  private static func besideNumPy(_ measurements: [Measurement]) -> [Group] {
    let sizes = Set(measurements.map(\.n)).sorted()
    return [sizes.first, sizes.count > 1 ? sizes.last : nil].compactMap(\.self).map { size in
      let rows = inOrder(measurements.filter { $0.n == size }).flatMap(compare)
      var shown = usualOperations.compactMap { operation -> Comparison? in
        guard var row = rows.first(where: { $0.label == "\(operation) float64 n=\(size)" }) else {
          return nil
        }
        row.label = operation
        return row
      }
      let logarithms = rows.reduce(0) { $0 + log($1.ratio) }
      shown.append(
        Comparison(
          label: "geometric mean of \(rows.count) operations and types", peer: "NumPy", isLimit: false,
          ratio: exp(logarithms / Double(rows.count))))
      return Group(
        title: "One operation on \(size) elements, doubles unless said otherwise; one thread", rows: shown)
    }
  }

  private static let usualOperations = [
    "np.sum(x)", "np.var(x)", "np.max(x)", "t += z", "x + y", "np.exp(x)", "np.sin(x)", "x < y", "x[m]",
    "np.cumsum(x)", "x.reshape(-1, 10).sum(axis=0)",
  ]
}
