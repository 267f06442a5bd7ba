import CPNG
import SharedArrays

/// A PNG picture of temperatures from 0 to 1: black, red, yellow, white.
enum Painting {
  static func write(_ temperatures: SharedArray<Double>, to path: String) throws(PaintingError) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.height = png_uint_32(temperatures.shape[0])
    image.width = png_uint_32(temperatures.shape[1])
    image.format = png_uint_32(PNG_FORMAT_FLAG_COLOR)
    var samples: [UInt8] = []
    samples.reserveCapacity(temperatures.count * 3)
    let places = temperatures.span
    for place in places.indices {
      for part in 0..<3 { samples.append(UInt8(255 * min(1, max(0, 3 * places[place] - Double(part))))) }
    }
    // SAFETY: `samples` contains three samples per pixel. A stride of 0 means contiguous rows.
    guard unsafe png_image_write_to_file(&image, path, 0, samples, 0, nil) != 0 else {
      // SAFETY: libpng terminates its message with a zero byte.
      let reason = unsafe withUnsafeBytes(of: image.message) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw PaintingError(description: "\(path) cannot be written: \(reason)")
    }
  }
}

/// The reason that a picture could not be written.
struct PaintingError: Error, CustomStringConvertible {
  var description: String
}
