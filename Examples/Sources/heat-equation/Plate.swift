import SharedArrays

/// A square plate with constant temperatures at its edges, in shared memory.
///
/// Each step reads one of two arrays and writes the other.
struct Plate: Sendable {
  let size: Int
  private let halves: [SharedArray<Double>]
  /// The fraction of the difference from the neighbours' mean that a point loses in a step. The
  /// computation is stable up to 1.
  private static let rate = 0.8

  /// Creates a cold plate with a hot edge and a hot disk.
  init(size: Int) throws {
    self.size = size
    halves = try (0..<2).map { _ in try SharedArray(shape: [size, size]) }
    for half in halves {
      half[0, .all].fill(1)
      var places = half.mutableSpan
      for row in 1..<size {
        for column in 0..<size {
          let (y, x) = (row - size * 3 / 5, column - size / 2)
          if y * y + x * x < size * size / 40 { places[row * size + column] = 0.8 }
        }
      }
    }
  }

  func temperatures(after steps: Int) -> SharedArray<Double> { halves[steps % 2] }

  /// Computes a step of `rows`, or of all rows.
  ///
  /// - Returns: The greatest change of a temperature.
  @discardableResult
  func advance(_ step: Int, rows: Range<Int>? = nil) -> Double {
    let rows = (rows ?? 0..<size).clamped(to: 1..<size - 1)
    let source = halves[step % 2].span
    var target = halves[1 - step % 2].mutableSpan
    var greatest = 0.0
    for row in rows {
      for place in row * size + 1..<(row + 1) * size - 1 {
        let mean =
          0.25 * (source[place - size] + source[place - 1] + source[place + 1] + source[place + size])
        let change = Self.rate * (mean - source[place])
        target[place] = source[place] + change
        greatest = max(greatest, abs(change))
      }
    }
    return greatest
  }
}
