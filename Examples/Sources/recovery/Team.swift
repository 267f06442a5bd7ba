import Glibc
import SharedArrays

/// Kills a team member that changes an array in place, halfway through its share.
func recoverTeam() throws {
  struct Order: BitwiseTransferable, BitwiseCopyable {
    var step: Int
    var kills: Bool
  }
  let count = 1000
  let numbers = try SharedArray<Double>(shape: [count])
  let team = try WorkerTeam(workers: 4) { (worker, order: Order) in
    let share = worker.partition(of: count)
    for (done, index) in share.enumerated() {
      if order.kills && worker.index == 2 && done == share.count / 2 { kill(getpid(), SIGKILL) }
      numbers[index] = next(numbers[index], order.step)
    }
  }

  // A copy of the array from before each step, from which an incomplete share is restored.
  let before = try SharedArray<Double>(shape: [count])
  var healed: [Range<Int>] = []
  for step in 0..<10 {
    try before.update(from: numbers)
    do {
      try team.run(Order(step: step, kills: step == 5), timeout: .seconds(60))
    } catch {
      say("step \(step): \(error)")
      for range in error.incompleteRanges(of: count) {
        let changed = range.count { numbers[$0] != before[$0] }
        say("it had changed \(changed) of \(range); this range is restored, and its step is repeated")
        for index in range { numbers[index] = next(before[index], step) }
        healed.append(range)
      }
    }
  }
  say("the team made the other steps, with a new member in place of the dead one")
  Check.that(healed == [500..<750], "the incomplete range was the share of the dead member")

  var expected = [Double](repeating: 0, count: count)
  for step in 0..<10 { for index in expected.indices { expected[index] = next(expected[index], step) } }
  Check.that(numbers.has(expected), "all \(count) numbers equal those of a single process")
}

/// Returns an element after a step. A step must not run twice, since it overwrites its input.
private func next(_ number: Double, _ step: Int) -> Double { number * 1.5 + Double(step + 1) }
