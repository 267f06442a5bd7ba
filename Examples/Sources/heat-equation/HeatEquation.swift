// The heat equation in a square plate, computed by one process and by a team of processes that were
// forked once.

import Arguments
import Glibc
import SharedArrays

@main
enum HeatEquation {
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
    print("a plate of \(options.size) x \(options.size), \(options.steps) steps")
    let clock = ContinuousClock()

    let alone = try Plate(size: options.size)
    let aloneTime = clock.measure { for step in 0..<options.steps { alone.advance(step) } }
    print("one process: \(milliseconds(aloneTime / options.steps)) per step")

    let plate = try Plate(size: options.size)
    let change = try SharedArray<Double>(shape: [1])
    let team = try WorkerTeam(workers: options.workers, includesCaller: options.includesCaller) {
      (worker, order: Order) in
      if order.kills, worker.index == 0 { kill(getpid(), SIGKILL) }
      let own = plate.advance(order.step, rows: worker.partition(of: plate.size))
      let greatest = try worker.reduce(own) { max($0, $1) }
      if worker.index == 0 { change[0] = greatest }
    }
    let time = try clock.measure { try perform(options, team) }
    print(
      "\(team.workerCount) workers: \(milliseconds(time / options.steps)) per step,",
      "\(decimal(aloneTime / time)) times as fast")
    print("in the last step no temperature changed by more than \(change[0])")

    let (expected, found) = (
      alone.temperatures(after: options.steps), plate.temperatures(after: options.steps)
    )
    guard expected.elementsEqual(found) else {
      fail("The team and the one process computed different temperatures.")
    }
    print("the team computed the same \(found.count) temperatures as one process, mean \(found.mean())")
    if let path = options.output {
      try Painting.write(found, to: path)
      print("wrote \(path)")
    }
  }

  /// Runs all steps on the team.
  ///
  /// A step reads one half of the plate's memory and writes the other half, so a step in which a
  /// member died can be run again.
  private static func perform(_ options: Options, _ team: WorkerTeam<Order>) throws(TeamError) {
    var kills = options.kills
    var step = 0
    while step < options.steps {
      let isToKill = kills && step == options.steps / 2
      do throws(TeamError) {
        try team.run(Order(step: step, kills: isToKill), timeout: .seconds(60))
        step += 1
      } catch {
        guard isToKill, error.code == .died else { throw error }
        kills = false
        print("step \(step) is repeated: \(error)")
      }
    }
  }
}

/// The parameter of each run of the team.
struct Order: BitwiseTransferable, BitwiseCopyable {
  var step: Int
  /// Whether the first worker kills itself.
  var kills: Bool
}

private func milliseconds(_ time: Duration) -> String { "\(decimal(time / .milliseconds(1))) ms" }

private func decimal(_ number: Double) -> String {
  let hundredths = Int((number * 100).rounded())
  let rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}
