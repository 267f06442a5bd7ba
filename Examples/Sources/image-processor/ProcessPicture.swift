import Glibc
import SharedArrays

/// A picture to be processed. Its file's name crosses to a worker, not its pixels; the two integers cross as handles.
struct Job: Transferable {
  var path: String
  /// What the names of the results begin with.
  var output: String
  /// How many pictures have been begun, by any process, and which process was the last to begin one.
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

/// What came of a picture.
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

/// A report, or why there is none. A function that threw would end the work on all pictures; this one tells, and they go on.
enum Outcome: Codable, Transferable {
  case done(Report)
  case failed(PictureError)
}

/// Reads a picture, makes five of it, and writes them.
enum ProcessPicture: WorkFunction {
  /// The names of the results, and how they are made.
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
