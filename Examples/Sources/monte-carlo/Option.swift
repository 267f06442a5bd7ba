import Foundation
import SharedArrays

/// A European call option: its holder may buy a share at the strike price when the option expires.
enum CallOption {
  static let spot = 100.0
  static let strike = 105.0
  static let interest = 0.03
  static let volatility = 0.2
  static let years = 1.0

  /// The value of the option by the Black-Scholes formula.
  static var exactPrice: Double {
    let spread = volatility * years.squareRoot()
    let upper = (log(spot / strike) + (interest + volatility * volatility / 2) * years) / spread
    func normal(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
    return spot * normal(upper) - strike * exp(-interest * years) * normal(upper - spread)
  }

  /// Returns the discounted payoff for one random path of the share price.
  ///
  /// - Parameter normal: A number from the standard normal distribution.
  static func payoff(_ normal: Double) -> Double {
    let drift = (interest - volatility * volatility / 2) * years
    let course = spot * exp(drift + volatility * years.squareRoot() * normal)
    return exp(-interest * years) * max(0, course - strike)
  }
}

/// The sums from which mean and standard error are computed.
struct Moments: BitwiseTransferable, Transferable {
  var count = 0
  var sum = 0.0
  var sumOfSquares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    sumOfSquares += value * value
  }

  mutating func add(_ other: Moments) {
    count += other.count
    sum += other.sum
    sumOfSquares += other.sumOfSquares
  }

  var mean: Double { sum / Double(count) }

  var standardError: Double {
    let variance = max(0, sumOfSquares / Double(count) - mean * mean)
    return (variance / Double(count)).squareRoot()
  }
}

/// A batch of paths.
///
/// The random numbers of a path depend only on its number. The results are the same for any
/// process, in any order, and after a retry.
enum Batch: WorkFunction {
  static let size = 50_000

  static func call(_ batch: Int) -> Moments {
    var moments = Moments()
    for path in batch * size..<(batch + 1) * size { moments.add(CallOption.payoff(normal(UInt64(path)))) }
    return moments
  }

  /// Returns a number from the normal distribution (Box-Muller).
  private static func normal(_ path: UInt64) -> Double {
    let radius = (-2 * log(uniform(2 * path))).squareRoot()
    return radius * cos(2 * .pi * uniform(2 * path + 1))
  }

  /// Returns a number above 0 and at most 1: a hash of the counter, by the output function of
  /// SplitMix64.
  private static func uniform(_ counter: UInt64) -> Double {
    var bits = (counter &+ 1) &* 0x9e37_79b9_7f4a_7c15
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    bits ^= bits >> 31
    return Double((bits >> 11) + 1) * 0x1p-53
  }
}
