import CPNG
import Glibc

/// Pictures in PNG files of all kinds: with palettes, 1 to 16 bits, gray or colour, with alpha,
/// interlaced.
enum PNGFile {
  /// The maximum number of pixels. A small file can expand to gigabytes, by mistake or as an
  /// attack.
  static let mostPixels = 100_000_000

  static func read(_ path: String) throws(PictureError) -> Picture {
    let bytes = try contents(of: path)
    if bytes.isEmpty { throw .empty }
    guard bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) else { throw .notPNG }
    return try decode(bytes)
  }

  private static func decode(_ bytes: [UInt8]) throws(PictureError) -> Picture {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    // SAFETY: libpng reads the bytes until the picture is finished or freed, which happens in this
    // closure.
    let result = unsafe bytes.withUnsafeBytes { source -> Result<Picture, PictureError> in
      Result { () throws(PictureError) in try unsafe decode(source, into: &image) }
    }
    return try result.get()
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, into image: inout png_image
  ) throws(PictureError) -> Picture {
    defer { unsafe png_image_free(&image) }
    guard unsafe png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw damage(image)
    }
    let (width, height) = (Int(image.width), Int(image.height))
    guard width <= mostPixels / max(1, height) else { throw .tooLarge(width: width, height: height) }
    // 16-bit samples are sRGB-coded, as other samples are, unless the file specifies another
    // coding.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    let kept = image.format & (UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA))
    // libpng converts palettes and all depths to bytes. Its linear format is not used: libpng
    // decodes sRGB by a power function and encodes it by the exact curve, which darkens the
    // shadows.
    image.format = kept
    let channels = Int(kept) + 1
    var samples = [UInt8](repeating: 0, count: width * height * channels)
    // SAFETY: a stride of 0 means contiguous rows, and `samples` has the size of all rows.
    guard unsafe png_image_finish_read(&image, nil, &samples, 0, nil) != 0 else { throw damage(image) }
    return Picture(width: width, height: height, channels: channels, bytes: samples)
  }

  /// Writes a picture to a staging file, and renames it when it is complete.
  ///
  /// A process that is killed leaves the staging file, which the next process that writes this
  /// picture overwrites.
  static func write(_ picture: Picture, to path: String) throws(PictureError) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(picture.width)
    image.height = png_uint_32(picture.height)
    image.format = UInt32(picture.channels - 1)
    let samples = picture.bytes
    let partial = path + ".partial"
    // SAFETY: `samples` has the size that width, height and channels specify.
    guard unsafe png_image_write_to_file(&image, partial, 0, samples, 0, nil) != 0 else {
      throw .unwritable(path: partial, reason: message(image))
    }
    guard unsafe rename(partial, path) == 0 else {
      throw .unwritable(path: path, reason: unsafe String(cString: strerror(errno)))
    }
  }

  private static func damage(_ image: png_image) -> PictureError { .damaged(reason: message(image)) }

  private static func message(_ image: png_image) -> String {
    // SAFETY: libpng terminates its message with a zero byte.
    unsafe withUnsafeBytes(of: image.message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
