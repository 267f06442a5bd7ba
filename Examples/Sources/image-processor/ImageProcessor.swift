// Resizes and filters pictures by one process, then by a pool, whose workers receive file names and
// return reports.

import Arguments
import SharedArrays

@main
enum ImageProcessor {
  static func main() {
    do {
      let options = try Options(Array(CommandLine.arguments.dropFirst()))
      let output = try Output(options.output)
      defer { output.remove() }
      try run(options, output)
    } catch let error as UsageError {
      fail("\(error.text)\n\(Options.usage)", code: 64)
    } catch {
      fail("\(error)")
    }
  }

  static func run(_ options: Options, _ output: Output) throws {
    let paths = options.paths.flatMap(files)
    let (begun, lastProcess) = (try SharedAtomic(0), try SharedAtomic(0))
    let jobs = zip(paths, output.names(for: paths)).map {
      Job(path: $0, output: $1, begun: begun, lastProcess: lastProcess)
    }
    let clock = ContinuousClock()

    var alone: [Outcome] = []
    let aloneTime = clock.measure { alone = jobs.map(ProcessPicture.call) }
    begun.store(0)

    let start = clock.now
    let pool = try ProcessPool(workers: options.workers)
    let startTime = clock.now - start
    let killer = options.kills ? Killer(pool, begun, lastProcess, at: (jobs.count + 1) / 2) : nil
    var outcomes: [Outcome] = []
    let time = try clock.measure {
      outcomes = try pool.map(ProcessPicture.self, jobs, chunkSize: options.chunkSize)
    }
    if let killer { print(killer.report(begun.load() - jobs.count)) }

    printTable(jobs, outcomes)
    print("one process: \(milliseconds(aloneTime))")
    print(
      "\(pool.workerCount) workers, chunks of \(options.chunkSize): \(milliseconds(time)),",
      "\(decimal(aloneTime / time)) times as fast; they were started in \(milliseconds(startTime))")
    pool.shutdown()
    try compare(alone, outcomes)
  }

  /// Verifies that the pool wrote the same files as the one process, and that the files are
  /// complete.
  ///
  /// - Throws: ``Difference`` if they differ.
  static func compare(_ alone: [Outcome], _ outcomes: [Outcome]) throws(Difference) {
    let (expected, found) = (alone.flatMap(\.results), outcomes.flatMap(\.results))
    let failures = outcomes.count { $0.results.isEmpty }
    for file in found where (try? checksum(contents(of: file.path))) != file.checksum {
      throw Difference(description: "\(file.path) differs from the worker's report.")
    }
    guard expected == found, alone.map(\.error) == outcomes.map(\.error) else {
      throw Difference(description: "The pool and the one process wrote different results.")
    }
    print(
      "\(outcomes.count - failures) pictures and \(failures) broken files:",
      "the pool wrote the same \(found.count) files as the one process")
  }
}

/// A difference between the expected and the actual results.
struct Difference: Error, CustomStringConvertible {
  var description: String
}

extension Outcome {
  /// The files that were written.
  var results: [Written] {
    if case .done(let report) = self { report.results } else { [] }
  }

  var error: PictureError? {
    if case .failed(let error) = self { error } else { nil }
  }
}
