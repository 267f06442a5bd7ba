import Glibc
import Multiprocessing
import SharedMemory
import SystemLayer
import TestSupport
import Testing

/// `BUSY_FORKS` in the environment sets how many processes a busy parent forks.
private let forks = environmentNumber("BUSY_FORKS", or: 60)

/// Forking from a program whose threads hold locks of the Swift runtime: a child may have them for ever.
@Suite(.serialized, .timeLimit(.minutes(240)))
struct BusyParentTests {
  @Test func `a process forked from a busy parent gives its result or a typed error, and never hangs`() async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        alarm(0)
        let words = try SharedWords()
        for thread in 0..<4 {
          onThread {
            var seed = UInt64(thread + 1) &* 0x9E37_79B9_7F4A_7C15
            while words[0] == 0 {
              seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
              words.add(grow(Int.self, seed, 30) + [Int](repeating: 1, count: 50).count, to: 1)
            }
            words.add(1, to: 2)
          }
        }
        var (exact, stalled) = (0, 0)
        for round in 0..<forks {
          let process = try WorkerProcess<Int>.start {
            (0..<20).reduce(0) { $0 + grow(Double.self, UInt64($1 &* 77_777 &+ round &* 31) << 7, 12) }
          }
          do throws(ProcessError) {
            #expect(try process.result(timeout: .seconds(60)) == 20)
            exact += 1
          } catch {
            #expect(error.code == .forkStalled, "\(error)")
            stalled += 1
          }
        }
        words[0] = 1
        #expect(waitUntil { words[2] == 4 })
        print("busy parent: \(exact) exact results, \(stalled) standstills that were noticed")
        // Named functions work anywhere.
        let named = try WorkerProcess.start(Cube.self, 9, method: .forkServer).result()
        #expect(named == 729)
        CurrentProcess.endForkServer()
      }
    }
  }
}

private protocol Grown { static var isLeaf: Bool { get } }
private struct Leaf<A>: Grown { static var isLeaf: Bool { true } }
private struct Left<T> {}
private struct Right<T> {}

/// Creates types that the runtime has not met before, one inside another; 1.
private func grow<T>(_ type: T.Type, _ bits: UInt64, _ depth: Int) -> Int {
  if depth == 0 { return (Leaf<T>.self as Any.Type) is any Grown.Type ? 1 : 0 }
  return bits & 1 == 0
    ? grow(Left<T>.self, bits >> 1, depth - 1) : grow(Right<T>.self, bits >> 1, depth - 1)
}
