import CBaselines
import SharedArrays

/// Steps of a heat equation on 2048 x 2048 points. Each step reads one array of 32 MiB and writes
/// another.
///
/// All contenders use the same two arrays, in turns. The physical pages of an array can change the
/// time by a fifth, since they determine what stays in the caches from one step to the next.
enum BandwidthHeat {
  static let n = 2048
  /// A power of two: its products are exact, so that fused and separate additions have the same
  /// bits.
  static let rate = 0.125

  static func run(_ runner: Runner) throws {
    let plate = try HeatedPlate(steps: runner.quick ? 100 : 1000)
    let pages = "shared huge pages"
    var limits = [
      plate.limit("C 1 thread, \(pages)", limit_heat_serial),
      plate.limit("C 2 threads, pinned, that spin at a barrier, \(pages)", limit_heat_threads),
    ]
    if limit_has_openmp() {
      limits.append(plate.limit("C OpenMP (libgomp), 2 threads, \(pages)", limit_heat_openmp))
    }
    try runner.measure(
      bench: "W4 heat \(n)x\(n)", unit: .microseconds, n: plate.steps, rounds: runner.rounds(3),
      contenders: limits + sharedArrayHeat(plate))
  }
}

/// The two arrays, and the expected elements of the first one after all steps.
final class HeatedPlate {
  let steps: Int
  let x, y: SharedArray<Double>
  /// The result of the contender that ran first.
  private var reference: [Double]?

  /// - Parameter steps: An even number, so that the first array has the result.
  init(steps: Int) throws {
    self.steps = steps
    (x, y) = (try Self.array(), try Self.array())
  }

  private static func array() throws -> SharedArray<Double> {
    try SharedArray<Double>(shape: [BandwidthHeat.n, BandwidthHeat.n])
  }

  /// Creates a contender that computes all steps by `advance`.
  ///
  /// Its result is compared with that of the contender that ran first, bit by bit.
  func contender(_ name: String, _ advance: @escaping () throws -> Double) -> Contender {
    Contender(
      name,
      run: { [self] in
        for array in [x, y] {
          var elements = array.mutableSpan
          for index in elements.indices { elements[index] = Bandwidth.x(at: index) }
        }
        let seconds = try advance()
        try check()
        return seconds / Double(steps) * 1e6
      })
  }

  private func check() throws(BenchmarkError) {
    guard let reference else {
      reference = x.toArray()
      return
    }
    let elements = x.span
    for index in elements.indices where elements[index].bitPattern != reference[index].bitPattern {
      throw BenchmarkError("point \(index) is \(elements[index]) instead of \(reference[index])")
    }
  }

  typealias Limit = (UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>, Int64, Double, Int32) ->
    Double

  func limit(_ name: String, _ measured: @escaping Limit) -> Contender {
    contender(name) { [self] in
      try meanSeconds {
        x.withUnsafeMutableStridedPointer { from, _, _ in
          y.withUnsafeMutableStridedPointer { to, _, _ in
            measured(from, to, Int64(BandwidthHeat.n), BandwidthHeat.rate, Int32(steps))
          }
        }
      }
    }
  }
}
