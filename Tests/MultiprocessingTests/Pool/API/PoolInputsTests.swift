import Multiprocessing
import SharedArraysTransfer
import TestSupport
import Testing

enum Difference: WorkFunction {
  static func call(_ input: TransferPair<Int, Double>) -> Double { Double(input.first) - input.second }
}

enum Phrase: WorkFunction {
  static func call(_ input: TransferTriple<String, Int, [String]>) -> String {
    "\(input.first) \(input.second) \(input.third.joined(separator: "+"))"
  }
}

enum WidePair: WorkFunction {
  static func call(_ input: TransferPair<Int8, UInt128>) -> TransferPair<UInt128, Int8> {
    TransferPair(input.second, input.first)
  }
}

/// Functions of several inputs.
@Suite(.timeLimit(.minutes(1)))
struct PoolInputsTests {
  @Test func `a function of several inputs receives the elements with the same index`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        let numbers = (0..<1000).map { Double($0) / 3 }
        let expected = (0..<1000).map { Double($0) - Double($0) / 3 }
        #expect(try pool.map(Difference.self, 0..<1000, numbers) == expected)
        #expect(try pool.map(Difference.self, 0..<1000, numbers, chunkSize: 1) == expected)
        #expect(try pool.map(Difference.self, [], []) == [])
        #expect(
          try pool.map(Phrase.self, ["a", "b"], 1...2, [["x"], ["y", "z"]]) == ["a 1 x", "b 2 y+z"])
        // This pair has padding bytes between its parts.
        let wide = (0..<100).map { TransferPair(UInt128($0) << 100, Int8($0)) }
        #expect(try pool.map(WidePair.self, wide.map(\.second), wide.map(\.first)) == wide)
        #expect(try pool.submit(WidePair.self, TransferPair(-3, 7)).result() == TransferPair(7, -3))
        pool.shutdown()
        CurrentProcess.endForkServer()

        let scale = 3
        let closures = try ClosurePool(workers: 2) { (n: Int, x: Double) in Double(n * scale) + x }
        #expect(
          try closures.map(0..<100, numbers.prefix(100)) == (0..<100).map { Double($0 * 3) + numbers[$0] })
        closures.shutdown()
      }
    }
  }

  @Test func `inputs of different lengths stop the program`() async {
    await #expect(processExitsWith: .failure) {
      _ = try ProcessPool(workers: 0).map(Difference.self, 0..<3, [1.0, 2])
    }
    await #expect(processExitsWith: .failure) {
      _ = try ProcessPool(workers: 0).map(Phrase.self, ["a", "b"], 1...2, [[]])
    }
  }
}
