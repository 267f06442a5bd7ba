import Foundation
import SharedArrays

/// A call option on a share: its holder may buy at the strike price when the time has passed.
enum CallOption {
  static let spot = 100.0
  static let strike = 105.0
  static let interest = 0.03
  static let volatility = 0.2
  static let years = 1.0

  /// What it is worth by the formula of Black and Scholes.
  static var exactPrice: Double {
    let spread = volatility * years.squareRoot()
    let upper = (log(spot / strike) + (interest + volatility * volatility / 2) * years) / spread
    func normal(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
    return spot * normal(upper) - strike * exp(-interest * years) * normal(upper - spread)
  }

  /// What it pays, as of today, if the share's course is that of a number from the normal distribution.
  static func payoff(_ normal: Double) -> Double {
    let drift = (interest - volatility * volatility / 2) * years
    let course = spot * exp(drift + volatility * years.squareRoot() * normal)
    return exp(-interest * years) * max(0, course - strike)
  }
}

/// Sums, of which mean and standard error are made.
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

/// A batch of paths. The random numbers of a path depend on nothing but its number, so it does not matter which process draws
/// them, in what order, or how often.
enum Batch: WorkFunction {
  static let size = 50_000

  static func call(_ batch: Int) -> Moments {
    var moments = Moments()
    for path in batch * size..<(batch + 1) * size { moments.add(CallOption.payoff(normal(UInt64(path)))) }
    return moments
  }

  /// A number from the normal distribution, by the method of Box and Muller.
  private static func normal(_ path: UInt64) -> Double {
    let radius = (-2 * log(uniform(2 * path))).squareRoot()
    return radius * cos(2 * .pi * uniform(2 * path + 1))
  }

  /// A number above 0, at most 1: the counter's hash, by the last step of SplitMix64.
  private static func uniform(_ counter: UInt64) -> Double {
    var bits = (counter &+ 1) &* 0x9e37_79b9_7f4a_7c15
    bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
    bits ^= bits >> 31
    return Double((bits >> 11) + 1) * 0x1p-53
  }
}
