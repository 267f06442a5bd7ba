import SharedArrays

/// Why there is no result for a file. It crosses from a worker as it is: the caller can tell one case from another.
enum PictureError: Error, Codable, Hashable, Transferable, CustomStringConvertible {
  /// The file could not be opened or read, for the reason that the system gives.
  case unreadable(reason: String)
  case noFile
  case empty
  case notPNG
  /// libpng gave up, with these words.
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
