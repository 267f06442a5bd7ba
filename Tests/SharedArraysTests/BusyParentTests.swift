import Foundation
import SharedArrays
import TestSupport
import Testing

/// The number of processes that a busy parent forks; `BUSY_FORKS` in the environment sets it.
private let forks = ProcessInfo.processInfo.environment["BUSY_FORKS"].flatMap { Int($0) } ?? 40

/// Forks from a program whose threads hold locks of the Swift runtime, of the allocator, and of
/// OpenBLAS. A child might inherit these locked for ever.
@Suite(.serialized, .timeLimit(.minutes(240)))
struct BusyParentTests {
  @Test func `a process forked from a busy parent gives its result or a typed error, and never hangs`() async
  {
    await #expect(processExitsWith: .success) {
      let words = try SharedWords()
      let matrix = try SharedArray<Double>(shape: [400, 400])
      matrix.fill(1)
      for thread in 0..<8 {
        Thread.detachNewThread {
          var seed = UInt64(thread + 1) &* 0x9E37_79B9_7F4A_7C15
          while words[0] == 0 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // The runtime never frees a type, so a long run creates a limited number and allocates
            // in between.
            words.add(grow(Int.self, seed, 30), to: 1)
            for size in 0..<2_000 { words.add([Int](repeating: 1, count: size % 90 + 1).count, to: 5) }
          }
          words.add(1, to: 2)
        }
      }
      for _ in 0..<2 {
        Thread.detachNewThread {
          while words[0] == 0 {
            guard let product = try? matmul(matrix, matrix), product[3, 5] == 400 else {
              words.add(1, to: 4)
              break
            }
            words.add(1, to: 3)
          }
          words.add(1, to: 2)
        }
      }
      var (exact, stalled) = (0, 0)
      for round in 0..<forks {
        do throws(ProcessError) {
          let process = try WorkerProcess<Int>.start {
            let product = try matmul(matrix[0..<50, .all], matrix)
            // Every other process needs no lock of the runtime, only those of the allocator and of
            // OpenBLAS.
            return (0..<round % 2 * 4).reduce(Int(product[1, 2])) {
              $0 + grow(Double.self, UInt64($1 &* 77_777 &+ round &* 31) << 7, 12)
            }
          }
          let result = try process.result(timeout: .seconds(120))
          if result == 400 + round % 2 * 4 { exact += 1 } else { report("result \(result)") }
        } catch {
          if error.code == .forkStalled { stalled += 1 } else { report("\(error)") }
        }
        if forks > 1_000, round % 100 == 99 { report("\(round + 1): \(exact) exact, \(stalled) stalled") }
      }
      words[0] = 1
      let haveEnded = waitUntil { words[2] == 10 }
      report("\(words[1]) types and \(words[3]) products by the threads; ended: \(haveEnded)")
      #expect(haveEnded)
      #expect(words[1] > 0 && words[3] > 0 && words[4] == 0)
      report("busy parent: \(exact) exact results, \(stalled) stalled forks detected")
      #expect(exact + stalled == forks && exact > 0)
    }
  }
}

/// Appends a line to the file that `BUSY_LOG` names. A long run reports its progress there, because
/// the output of an exit test is not shown.
private func report(_ text: String) {
  guard let path = ProcessInfo.processInfo.environment["BUSY_LOG"],
    let file = FileHandle(forWritingAtPath: path)
  else { return }
  file.seekToEndOfFile()
  file.write(Data((text + "\n").utf8))
}

private protocol Grown { static var isLeaf: Bool { get } }
private struct Leaf<A>: Grown { static var isLeaf: Bool { true } }
private struct Left<T> {}
private struct Right<T> {}

/// Creates nested types that the runtime has not created before. Returns 1.
private func grow<T>(_ type: T.Type, _ bits: UInt64, _ depth: Int) -> Int {
  if depth == 0 { return (Leaf<T>.self as Any.Type) is any Grown.Type ? 1 : 0 }
  return bits & 1 == 0
    ? grow(Left<T>.self, bits >> 1, depth - 1) : grow(Right<T>.self, bits >> 1, depth - 1)
}
