import SharedArrays

/// The reason that a file has no result.
///
/// A worker sends it as a value, so that the caller can distinguish the cases.
enum PictureError: Error, Codable, Hashable, Transferable, CustomStringConvertible {
  /// The file cannot be opened or read. The reason is the message of the system.
  case unreadable(reason: String)
  case noFile
  case empty
  case notPNG
  /// libpng cannot decode the file. The reason is the message of libpng.
  case damaged(reason: String)
  case tooLarge(width: Int, height: Int)
  case unwritable(path: String, reason: String)

  var description: String {
    switch self {
    case .unreadable(let reason): "it cannot be read: \(reason)"
    case .noFile: "it is not a file"
    case .empty: "it is empty"
    case .notPNG: "it is not a PNG"
    case .damaged(let reason): "it is damaged: \(reason)"
    case .tooLarge(let width, let height): "it is too large: \(width) x \(height)"
    case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
    }
  }
}
