import Foundation
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct AffinityExclusionTests {
  @Test(.enabled(if: ComputeBudget.allowedCores > 1, "this process may use one core only"))
  func `a thread that avoids its core runs on another one, and then regains the same cores`() async {
    await #expect(processExitsWith: .success) {
      let allowed = ComputeBudget.allowedCores
      for _ in 0..<50 {
        let core = ComputeBudget.currentCore
        #expect(core >= 0)
        let avoidance = try #require(avoid(core))
        #expect(ComputeBudget.currentCore != core)
        #expect(ComputeBudget.allowedCores == allowed - 1)
        avoidance.end()
        #expect(ComputeBudget.allowedCores == allowed)
      }
    }
  }

  @Test
  func `cores are avoided only if others remain, and an empty list avoids none`() async {
    await #expect(processExitsWith: .success) {
      ComputeBudget.pin(toCore: 0)
      let core = ComputeBudget.currentCore
      #expect(avoid(core) == nil)
      #expect(avoid() == nil)
      #expect(ComputeBudget.currentCore == core)
      #expect(ComputeBudget.allowedCores == 1)
    }
  }

  @Test(.enabled(if: ComputeBudget.allowedCores > 1, "this process may use one core only"))
  func `cores that another program sets during the exclusion stay set`() async {
    await #expect(processExitsWith: .success) {
      let core = ComputeBudget.currentCore
      let avoidance = try #require(avoid(core))
      let thread = URL(
        filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self"))
      let change = try Process.run(
        URL(filePath: "/usr/bin/taskset"), arguments: ["-pc", "\(core)", thread.lastPathComponent])
      change.waitUntilExit()
      #expect(change.terminationStatus == 0)
      avoidance.end()
      #expect(ComputeBudget.allowedCores == 1)
      #expect(ComputeBudget.currentCore == core)
    }
  }
}

private func avoid(_ cores: CInt...) -> AffinityExclusion? {
  AffinityExclusion(upTo: cores.count) { list in
    for core in cores { list.append(core) }
  }
}
