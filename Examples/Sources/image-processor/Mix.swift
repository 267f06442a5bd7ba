/// A weighted mean of neighbouring rows or columns of a picture, which is a row or column of a new
/// picture.
///
/// The weights add up to 1.
struct Mix {
  var first: Int
  var weights: [Float]

  /// Creates a mix whose weights are scaled to add up to 1.
  private init(_ first: Int, _ weights: [Float]) {
    let sum = weights.reduce(0, +)
    self.first = first
    self.weights = weights.map { $0 / sum }
  }

  /// Returns mixes for fewer rows or columns.
  ///
  /// Each new row is the mean of the old rows that it covers. Old rows that it covers in part have
  /// smaller weights.
  static func areas(_ old: Int, to new: Int) -> [Mix] {
    let scale = Double(old) / Double(new)
    return (0..<new).map { index in
      let (start, end) = (Double(index) * scale, Double(index + 1) * scale)
      let range = Int(start)..<max(Int(start) + 1, min(old, Int(end.rounded(.up))))
      return Mix(
        range.lowerBound, range.map { Float(max(0, min(end, Double($0 + 1)) - max(start, Double($0)))) })
    }
  }

  /// Returns mixes for more rows or columns, by linear interpolation between the centres of two old
  /// ones.
  static func lines(_ old: Int, to new: Int) -> [Mix] {
    (0..<new).map { index in
      let middle = (Double(index) + 0.5) * Double(old) / Double(new) - 0.5
      let place = min(max(middle, 0), Double(old - 1))
      let low = min(Int(place), max(0, old - 2))
      let part = Float(place - Double(low))
      return old == 1 ? Mix(0, [1]) : Mix(low, [1 - part, part])
    }
  }

  /// Returns mixes for the same number of rows or columns.
  ///
  /// Each one is a mean of five with binomial weights, which approximate a normal distribution.
  /// Beyond the edges, the rows at the edges are repeated.
  static func bells(_ count: Int) -> [Mix] {
    (0..<count).map { index in
      let range = max(0, index - 2)...min(count - 1, index + 2)
      var weights = [Float](repeating: 0, count: range.count)
      for (offset, weight) in zip(-2...2, [1, 4, 6, 4, 1] as [Float]) {
        weights[min(max(index + offset, range.lowerBound), range.upperBound) - range.lowerBound] += weight
      }
      return Mix(range.lowerBound, weights)
    }
  }
}

extension Picture {
  /// Returns a picture whose rows and columns are mixes of the rows and columns of this picture.
  func mixed(columns: [Mix], rows: [Mix]) -> Picture { mixed(columns: columns).mixed(rows: rows) }

  private func mixed(columns: [Mix]) -> Picture {
    var values = [Float](repeating: 0, count: columns.count * height * channels)
    var place = 0
    for y in 0..<height {
      let row = y * width * channels
      for mix in columns {
        let start = row + mix.first * channels
        for channel in 0..<channels {
          var sum: Float = 0
          for (index, weight) in mix.weights.enumerated() {
            sum += weight * samples[start + index * channels + channel]
          }
          values[place] = sum
          place += 1
        }
      }
    }
    return Picture(width: columns.count, height: height, channels: channels, samples: values)
  }

  private func mixed(rows: [Mix]) -> Picture {
    let stride = width * channels
    var values = [Float](repeating: 0, count: rows.count * stride)
    for (y, mix) in rows.enumerated() {
      for (index, weight) in mix.weights.enumerated() {
        let source = (mix.first + index) * stride
        for offset in 0..<stride { values[y * stride + offset] += weight * samples[source + offset] }
      }
    }
    return Picture(width: width, height: rows.count, channels: channels, samples: values)
  }
}
