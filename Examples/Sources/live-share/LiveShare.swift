// A solver whose arrays a Python script reads while it runs. Neither process waits for the other.
//
//   live-share            computes; the script is started separately:
//                         python3 Examples/Sources/live-share/plot.py live-share
//   live-share --watch    starts the script, and verifies every frame that it has read

import Arguments
import Foundation
import SharedArrays

@main
enum LiveShare {
  static func main() {
    do {
      try run(try Options(Array(CommandLine.arguments.dropFirst())))
    } catch let error as UsageError {
      fail("\(error.text)\n\(Options.usage)", code: 64)
    } catch {
      fail("\(error)")
    }
  }

  static func run(_ options: Options) throws {
    // The names are removed when this process exits. A reader does not own them: neither its exit
    // nor its death removes anything.
    let frames = try SharedArray<Double>.create(
      options.name, shape: [Tank.ring, options.size, options.size])
    let words = try SharedArray<Int>.create("\(options.name)-state", shape: [Telling.count])
    let tank = Tank(frames: frames)
    let telling = Telling(words, lastFrame: options.steps, solver: CurrentProcess.pid)
    let team = try WorkerTeam(workers: options.workers, includesCaller: true) { (worker, number: Int) in
      tank.advance(number, rows: worker.partition(of: tank.size))
    }

    // Started after the members have been forked, since they would inherit the write end of the
    // script's output.
    let watcher = options.isWatched ? try Watcher(options.name) : nil
    if watcher == nil { print("computing; to watch: python3 \(Watcher.script) \(options.name)") }
    let clock = ContinuousClock()
    let time = try clock.measure {
      for number in 0..<options.steps {
        telling.begin(number + 1)
        try team.run(number, timeout: .seconds(60))
        telling.finish(number + 1)
        if options.pause > .zero { Thread.sleep(forTimeInterval: options.pause / .seconds(1)) }
      }
    }
    print("\(options.steps) steps in \(Int(time / .milliseconds(1))) ms by \(team.workerCount) workers")

    if let watcher {
      let seen = try watcher.end()
      // Attaches as any other program would, after a reader has exited.
      let again = try SharedArray<Double>.attach(options.name)
      guard again.frameSum(options.steps) == frames.frameSum(options.steps) else {
        fail("The array is a different one after the reader has ended.")
      }
      print("the reader has ended, and the arrays still exist")
      try check(seen, options)
    }
    try words.unlink()
    try frames.unlink()
  }

  /// Computes all frames again in this process, in unnamed memory, and compares them with the
  /// frames that the script has read.
  private static func check(_ seen: [Watcher.Frame], _ options: Options) throws {
    let sums = Dictionary(seen.map { ($0.number, $0.sum) }) { first, _ in first }
    guard sums[options.steps] != nil else { fail("The script did not read the last frame.") }
    let tank = Tank(frames: try SharedArray(shape: [Tank.ring, options.size, options.size]))
    for number in 0...options.steps {
      if let sum = sums[number], sum != tank.frames.frameSum(number) {
        fail("The script read a frame \(number) that differs from the solver's.")
      }
      tank.advance(number)
    }
    print("each of the \(sums.count) frames that the reader saw equals the one this program computes alone")
  }
}

extension SharedArray<Double> {
  /// Returns the sum of the bit patterns of a frame, which serves to compare frames.
  func frameSum(_ number: Int) -> UInt64 {
    let area = shape[1] * shape[2]
    let start = (number % Tank.ring) * area
    let elements = span
    return (start..<start + area).reduce(0) { $0 &+ elements[$1].bitPattern }
  }
}
