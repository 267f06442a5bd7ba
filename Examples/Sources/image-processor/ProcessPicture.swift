import Glibc
import SharedArrays

/// A picture to process.
///
/// A worker receives the path of the file, not the pixels, and handles of the two shared integers.
struct Job: Transferable {
  var path: String
  /// The prefix of the results' paths.
  var output: String
  /// The number of pictures that all processes have started, and the process that started the last
  /// one.
  var begun: SharedAtomic<Int>
  var lastProcess: SharedAtomic<Int>

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(path)
    try writer.encode(output)
    try writer.encode(begun)
    try writer.encode(lastProcess)
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Job {
    Job(
      path: try reader.decode(), output: try reader.decode(), begun: try reader.decode(),
      lastProcess: try reader.decode())
  }
}

/// The result of processing a picture.
struct Report: Codable, Transferable {
  var width: Int
  var height: Int
  var kind: String
  /// The mean brightness of the picture and of each result.
  var brightness: Double
  var results: [Written]
  var process: Int
  var duration: Duration
}

/// A file that was written.
struct Written: Codable, Hashable {
  var path: String
  var brightness: Double
  var checksum: UInt64
}

/// A report, or the reason that processing failed.
///
/// An error that the function throws would end the work on all pictures. A returned error does not.
enum Outcome: Codable, Transferable {
  case done(Report)
  case failed(PictureError)
}

/// Reads a picture, and writes five pictures that are computed from it.
enum ProcessPicture: WorkFunction {
  /// The names of the results, and the functions that compute them.
  static let steps: [(name: String, make: @Sendable (Picture) -> Picture)] = [
    ("half", { $0.halved }), ("double", { $0.doubled }), ("blur", { $0.blurred }), ("edges", { $0.edges }),
    ("sharp", { $0.sharpened }),
  ]

  static func call(_ job: Job) -> Outcome {
    job.lastProcess.store(Int(getpid()))
    job.begun.add(1)
    do throws(PictureError) { return .done(try process(job)) } catch { return .failed(error) }
  }

  private static func process(_ job: Job) throws(PictureError) -> Report {
    let start = ContinuousClock.now
    let picture = try PNGFile.read(job.path)
    var results: [Written] = []
    for step in steps {
      let made = step.make(picture)
      let path = "\(job.output)-\(step.name).png"
      try PNGFile.write(made, to: path)
      results.append(
        Written(path: path, brightness: made.brightness, checksum: checksum(try contents(of: path))))
    }
    return Report(
      width: picture.width, height: picture.height, kind: picture.kind, brightness: picture.brightness,
      results: results, process: Int(getpid()), duration: ContinuousClock.now - start)
  }
}
