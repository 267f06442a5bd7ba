import Testing

/// Short runs of the long tests in Tests/Torture/segments.sh.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SegmentRaceTests {
  @Test(arguments: [2, 8])
  func `exactly one of several creators wins each round`(processes: Int) throws {
    try withPeers(1) { peers, name in
      let answer = try peers[0].ask("race \(name) \(processes) 100")
      #expect(answer.contains("100 succeeded, \(100 * (processes - 1)) failed with alreadyExists"))
    }
  }

  @Test func `exactly one creator wins over an abandoned segment that others sweep`() throws {
    try withPeers(1) { peers, name in
      for (processes, rounds) in [(2, 300), (6, 50)] {
        let answer = try peers[0].ask("race \(name) \(processes) \(rounds) orphans")
        #expect(answer.contains("\(rounds) succeeded"))
      }
    }
  }

  @Test func `attaching while another process creates and unlinks finds nothing or a whole segment`() throws {
    try withPeers(1) { peers, name in
      let answer = try peers[0].ask("watch \(name) 5000")
      #expect(answer.hasPrefix("5000 attempts"))
    }
  }

  @Test func `no segment in use loses its name while processes come, go, unlink and die`() throws {
    try withPeers(1) { peers, name in
      let answer = try peers[0].ask("churn \(name) 4000 20251")
      #expect(answer.contains(" 0 removed by mistake, 0 errors"))
    }
  }
}
