import CPNG
import Glibc

/// Pictures in PNG files, of all kinds that there are: palettes, 1 to 16 bits, gray or colour, with alpha, interlaced.
enum PNGFile {
  /// So many pixels are taken for a mistake or an attack: a small file can unfold to gigabytes.
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
    // SAFETY: libpng reads the bytes until the picture is finished or freed, which is before the end of this closure.
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
    // 16-bit samples are coded as others are, unless the file says otherwise.
    image.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
    let kept = image.format & (UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA))
    // Palettes and all depths become bytes. Not libpng's linear light: it decodes sRGB by a plain power, encodes it by the true
    // curve, and so darkens the shadows.
    image.format = kept
    let channels = Int(kept) + 1
    var samples = [UInt8](repeating: 0, count: width * height * channels)
    // SAFETY: the rows have no gaps (a stride of 0 says so), and there is room for all of them.
    guard unsafe png_image_finish_read(&image, nil, &samples, 0, nil) != 0 else { throw damage(image) }
    return Picture(width: width, height: height, channels: channels, bytes: samples)
  }

  /// Writes a picture under a name that it gets when it is whole: a process that is killed leaves a file of another name, which
  /// the next one to write this picture overwrites.
  static func write(_ picture: Picture, to path: String) throws(PictureError) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(picture.width)
    image.height = png_uint_32(picture.height)
    image.format = UInt32(picture.channels - 1)
    let samples = picture.bytes
    let partial = path + ".partial"
    // SAFETY: as many samples are there as the picture's head says.
    guard unsafe png_image_write_to_file(&image, partial, 0, samples, 0, nil) != 0 else {
      throw .unwritable(path: partial, reason: message(image))
    }
    guard unsafe rename(partial, path) == 0 else {
      throw .unwritable(path: path, reason: unsafe String(cString: strerror(errno)))
    }
  }

  private static func damage(_ image: png_image) -> PictureError { .damaged(reason: message(image)) }

  private static func message(_ image: png_image) -> String {
    // SAFETY: libpng ends its message with a zero.
    unsafe withUnsafeBytes(of: image.message) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
