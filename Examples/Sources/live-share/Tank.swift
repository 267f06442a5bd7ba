import SharedArrays

/// Water in a square tank, in shared memory. Waves run from a line on the left to a wall with two
/// slits.
///
/// A ring contains the last frames: frame `n` is in slot `n % ring`. A step computes frame `n + 1`
/// from the two frames before it. A reader of the last frame has time until the solver has written
/// all other slots.
struct Tank: Sendable {
  static let ring = 8

  let size: Int
  /// The heights, indexed by slot, row and column.
  let frames: SharedArray<Double>
  /// The fraction of a point's motion that remains after a step: 1 in open water, less near the
  /// edges, so that they do not reflect the waves, and 0 in the wall.
  private let freedom: [Double]

  init(frames: SharedArray<Double>) {
    let size = frames.shape[1]
    self.size = size
    self.frames = frames
    freedom = (0..<size * size).map { Self.freedom($0 / size, $0 % size, size) }
  }

  /// Computes `rows` of frame `number + 1`, or all rows.
  func advance(_ number: Int, rows: Range<Int>? = nil) {
    let rows = (rows ?? 0..<size).clamped(to: 1..<size - 1)
    let area = size * size
    let now = (number % Self.ring) * area
    let before = ((number + Self.ring - 1) % Self.ring) * area
    let after = ((number + 1) % Self.ring) * area
    let old = frames.span
    var new = frames.mutableSpan
    let push = push(number)
    for row in rows {
      for place in row * size + 1..<(row + 1) * size - 1 {
        let here = old[now + place]
        let neighbours =
          old[now + place - size] + old[now + place + size] + old[now + place - 1] + old[now + place + 1]
        let motion = here - old[before + place] + 0.25 * (neighbours - 4 * here)
        new[after + place] = here + freedom[place] * motion
      }
      new[after + row * size + size / 7] += push
    }
  }

  /// Returns the force that moves the water up and down: two parabolas, which approximate a sine.
  private func push(_ number: Int) -> Double {
    let period = max(12, size / 16)
    let phase = Double(number % period) / Double(period) * 2
    return phase < 1 ? phase * (1 - phase) : -(phase - 1) * (2 - phase)
  }

  private static func freedom(_ row: Int, _ column: Int, _ size: Int) -> Double {
    let isInWall = (size * 2 / 5...size * 2 / 5 + 2).contains(column)
    if isInWall && abs(abs(row - size / 2) - size / 9) > size / 50 { return 0 }
    let shore = Double(min(row, column, size - 1 - row, size - 1 - column)) / Double(size / 8)
    return shore < 1 ? 1 - 0.2 * (1 - shore) * (1 - shore) : 1
  }
}

/// The state of the solver for readers, in a second array of integers.
struct Telling: Sendable {
  static let count = 4

  private let words: SharedArray<Int>

  init(_ words: SharedArray<Int>, lastFrame: Int, solver: Int) {
    self.words = words
    words.atomic(2).store(lastFrame)
    words.atomic(3).store(solver)
  }

  /// Publishes that a frame is being written. The solver calls it before the first write, since the
  /// slot's old frame is invalid from then on.
  func begin(_ frame: Int) { words.atomic(0).store(frame) }

  /// Publishes that a frame is complete.
  func finish(_ frame: Int) { words.atomic(1).store(frame) }
}
