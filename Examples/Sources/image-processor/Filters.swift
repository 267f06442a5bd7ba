extension Picture {
  /// The picture at half its width and height. Each pixel is the mean of an area.
  var halved: Picture {
    let (newWidth, newHeight) = ((width + 1) / 2, (height + 1) / 2)
    return mixed(columns: Mix.areas(width, to: newWidth), rows: Mix.areas(height, to: newHeight))
  }

  /// The picture at twice its width and height. Each pixel is interpolated between four pixels.
  var doubled: Picture {
    mixed(columns: Mix.lines(width, to: 2 * width), rows: Mix.lines(height, to: 2 * height))
  }

  /// The picture blurred over 5 x 5 pixels.
  var blurred: Picture { mixed(columns: Mix.bells(width), rows: Mix.bells(height)) }

  /// A gray picture of the change of brightness at each pixel (the Sobel operator).
  var edges: Picture {
    let source = luminance
    return source.neighbourhoods { at in
      let horizontal = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1)
      let vertical = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1)
      // A step from black to white has the value 4.
      return min(1, (horizontal * horizontal + vertical * vertical).squareRoot() / 4)
    }
  }

  /// The picture sharpened: the difference between each pixel and its four neighbours is added to
  /// the pixel.
  var sharpened: Picture {
    var result = neighbourhoods { at in
      min(max(5 * at(0, 0) - at(-1, 0) - at(1, 0) - at(0, -1) - at(0, 1), 0), 1)
    }
    guard hasAlpha else { return result }
    // Samples that are multiplied by alpha cannot exceed alpha.
    for pixel in 0..<width * height {
      let alpha = result.samples[(pixel + 1) * channels - 1]
      for sample in pixel * channels..<(pixel + 1) * channels {
        result.samples[sample] = min(result.samples[sample], alpha)
      }
    }
    return result
  }

  /// Computes each sample from the neighbouring samples of the same channel.
  ///
  /// Beyond the edges, the samples at the edges are repeated.
  ///
  /// - Parameter body: A function that returns a sample. Its argument returns the neighbour at an
  ///   offset to the right and down.
  private func neighbourhoods(_ body: ((_ right: Int, _ down: Int) -> Float) -> Float) -> Picture {
    var values = [Float](repeating: 0, count: samples.count)
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels {
          values[(y * width + x) * channels + channel] = body { right, down in
            let column = min(max(x + right, 0), width - 1)
            let row = min(max(y + down, 0), height - 1)
            return samples[(row * width + column) * channels + channel]
          }
        }
      }
    }
    return Picture(width: width, height: height, channels: channels, samples: values)
  }
}
