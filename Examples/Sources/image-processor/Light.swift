import Glibc

/// The conversion between sRGB bytes and linear light.
enum Light {
  /// The linear light of each byte.
  static let ofByte: [Float] = (0...255).map { byte in
    let value = Double(byte) / 255
    return Float(value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4))
  }

  /// The nearest byte for each multiple of 1/65,535 of the brightest light.
  private static let bytes: [UInt8] = (0...65535).map { step in
    let light = Double(step) / 65535
    let value = light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055
    return UInt8((value * 255).rounded())
  }

  static func byte(_ light: Float) -> UInt8 { bytes[Int((min(max(light, 0), 1) * 65535).rounded())] }
}

extension Picture {
  /// Creates a picture from bytes that are not multiplied by alpha.
  init(width: Int, height: Int, channels: Int, bytes: [UInt8]) {
    let table = Light.ofByte
    self.init(width: width, height: height, channels: channels, samples: bytes.map { table[Int($0)] })
    guard hasAlpha else { return }
    for last in stride(from: channels - 1, to: bytes.count, by: channels) {
      // Alpha is a fraction and is not sRGB-coded.
      let alpha = Float(bytes[last]) / 255
      samples[last] = alpha
      for sample in last - channels + 1..<last { samples[sample] *= alpha }
    }
  }

  /// The sRGB bytes of the picture, not multiplied by alpha.
  var bytes: [UInt8] {
    guard hasAlpha else { return samples.map(Light.byte) }
    var bytes = [UInt8](repeating: 0, count: samples.count)
    for last in stride(from: channels - 1, to: samples.count, by: channels) {
      let alpha = min(max(samples[last], 0), 1)
      bytes[last] = UInt8((alpha * 255).rounded())
      guard bytes[last] > 0 else { continue }
      for sample in last - channels + 1..<last { bytes[sample] = Light.byte(samples[sample] / alpha) }
    }
    return bytes
  }
}
