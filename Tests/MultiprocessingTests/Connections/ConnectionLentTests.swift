import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: the elements are bytes, for which every value that is stored is valid.

/// Messages in memory that the sender lends and reuses.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ConnectionLentTests {
  private static let sizes = [65_537, 131_072, 131_073, 1 << 20, 1 << 22, (1 << 22) + 1, 70_000]

  @Test func `messages of many sizes are whole, as bytes and as values, in any order`() throws {
    let (a, b) = try Connection.pair()
    var dice = Dice(state: 21)
    var place = [UInt8](repeating: 0, count: 5 << 20)
    for round in 0..<60 {
      let bytes = patterned(Self.sizes[dice.roll(Self.sizes.count)] - dice.roll(3), seed: round)
      if round % 3 == 0 {
        try a.send(bytes)
        #expect(try b.receive([UInt8].self) == bytes)
        continue
      }
      try a.sendBytes(bytes)
      if round % 3 == 1 {
        #expect(try b.receiveBytes() == bytes)
      } else {
        var span = place.mutableSpan
        var room = unsafe span.mutableBytes
        let count = try b.receiveBytes(into: &room)
        #expect(Array(place[..<count]) == bytes)
      }
    }
  }

  @Test func `waiting messages are not changed by later ones`() throws {
    let (a, b) = try Connection.pair()
    for round in 0..<20 {
      var sent: [[UInt8]] = []
      while sent.count < 30 {
        let bytes = patterned(100_000 + 7 * sent.count, seed: 100 * round + sent.count)
        guard connectionError({ try a.sendBytes(bytes, timeout: .zero) }) == nil else { break }
        sent.append(bytes)
      }
      #expect(sent.count > 1)
      for bytes in sent { #expect(try b.receiveBytes(timeout: .zero) == bytes) }
    }
  }

  @Test func `refused and unsent messages leak no descriptors`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let (a, b) = try Connection.pair()
        let bytes = patterned(200_000)
        let limits = TransferLimits(byteCount: 10)
        let termination = try forkedChild {
          let descriptors = openDescriptors()
          for _ in 0..<50 {
            try? a.sendBytes(bytes)
            guard connectionError({ _ = try b.receiveBytes(limits: limits) })?.code == .tooLarge else {
              return 1
            }
            try? a.sendBytes(bytes)
            guard connectionError({ _ = try b.receive([UInt8].self) })?.code == .wrongType else { return 2 }
            while connectionError({ try a.sendBytes(bytes, timeout: .zero) }) == nil {}
            while connectionError({ _ = try b.receiveBytes(timeout: .zero) }) == nil {}
          }
          // All messages came from one arena, whose descriptor this end keeps.
          return openDescriptors() == descriptors + 1 ? 0 : 3
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test func `an end stays usable after forks and after receivers are killed with messages`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let (a, b) = try Connection.pair()
        let bytes = patterned(300_000)
        try a.sendBytes(bytes)
        #expect(try b.receiveBytes() == bytes)
        for round in 0..<60 {
          var receiver = try startChild {
            while true { _ = try? b.receiveBytes() }
          }
          for number in 0..<4 { try a.sendBytes(patterned(300_000, seed: number)) }
          usleep(UInt32(round * 10))
          receiver.signal(9)
          let hasEnded = try receiver.ends()
          #expect(hasEnded && receiver.reap() == .signaled(9))
          // A child has the end as well, and its own memory.
          let termination = try forkedChild {
            for number in 0..<3 where (try? a.sendBytes(patterned(300_000, seed: 50 + number))) == nil {
              return 1
            }
            return 0
          }
          #expect(termination == .exited(code: 0))
          var count = 0
          while let bytes = try? b.receiveBytes(timeout: .zero) {
            #expect(bytes.count == 300_000 && (0..<60).contains { isPatterned(bytes, seed: $0) })
            count += 1
          }
          #expect(count >= 3)
        }
      }
    }
  }

  @Test(arguments: [2, 4])
  func `several threads can send and receive at the same ends`(threads: Int) throws {
    let (a, b) = try Connection.pair()
    let counts = try SharedWords()
    onThreads(2 * threads) { [a, b] index in
      for round in 0..<40 {
        if index < threads {
          try? a.sendBytes(patterned(100_000 + index, seed: round))
        } else if let bytes = try? b.receiveBytes(timeout: .seconds(30)), bytes.count >= 100_000,
          (0..<40).contains(where: { isPatterned(bytes, seed: $0) })
        {
          counts.add(1, to: 0)
        }
      }
    }
    #expect(counts[0] == 40 * threads)
  }
}
