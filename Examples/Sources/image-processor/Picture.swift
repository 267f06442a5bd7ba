/// A picture in linear light, so that sums and means of its samples are physically correct.
///
/// An alpha channel is the last channel. The other channels are multiplied by it, so that the
/// colour of transparent pixels has no effect.
struct Picture {
  var width: Int
  var height: Int
  /// The number of channels: 1 for gray, 2 with alpha; 3 for red, green and blue, 4 with alpha.
  var channels: Int
  /// The samples from 0 to 1, row by row. The channels of a pixel are adjacent.
  var samples: [Float]

  init(width: Int, height: Int, channels: Int, samples: [Float]) {
    precondition(
      samples.count == width * height * channels,
      "A picture of \(width) x \(height) with \(channels) channels does not have \(samples.count) samples.")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  var hasAlpha: Bool { channels == 2 || channels == 4 }
  var isGray: Bool { channels < 3 }

  /// A picture with one channel, the perceived brightness of each pixel.
  var luminance: Picture {
    var values = [Float](repeating: 0, count: width * height)
    for pixel in values.indices {
      let start = pixel * channels
      values[pixel] =
        isGray
        ? samples[start]
        : 0.2126 * samples[start] + 0.7152 * samples[start + 1] + 0.0722 * samples[start + 2]
    }
    return Picture(width: width, height: height, channels: 1, samples: values)
  }

  /// The mean brightness: 0 for black or transparent, 1 for white.
  var brightness: Double {
    luminance.samples.reduce(0) { $0 + Double($1) } / Double(max(1, width * height))
  }

  /// The kind of the picture, in a word.
  var kind: String { (isGray ? "gray" : "RGB") + (hasAlpha ? "+alpha" : "") }
}
