import Glibc
import Multiprocessing
import SharedArraysSystem
import TestSupport
import Testing

// FORKS=10000 swift test --filter BLASForkTests runs for a long time.
private let forks = environmentNumber("FORKS", or: 500)

@Suite(
  .serialized, .timeLimit(.minutes(forks > 500 ? 120 : 2)),
  .enabled(if: OpenBLAS() != nil, "this machine has no OpenBLAS"))
struct BLASForkTests {
  @Test func `forks succeed while two threads multiply matrices all the time, and the workers multiply too`()
    async
  {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        if forks > 500 { alarm(0) }
        let blas = try #require(OpenBLAS())
        let words = try SharedWords()
        let threads = blas.threads()
        for thread in 1...2 {
          onThread {
            while words[0] == 0 {
              if !ForkGate.whileNotForking({ blas.multipliesRightly(extent: 160) }) { words[3] = 1 }
              words.add(1, to: thread)
            }
            words.add(1, to: 4)
          }
        }
        #expect(words.wait(for: 1) && words.wait(for: 2))
        for round in 0..<forks / 2 {
          let tasks = try run(2, workers: 2, .fixed, gateTimeout: .seconds(60)) { _ in
            guard blas.multipliesRightly(extent: 160) else { return -1 }
            return runningThreads()
          }
          if tasks != [1, 1] {
            Issue.record("in round \(round) the workers had \(tasks) threads; -1 is a wrong product")
            break
          }
        }
        let products = [words[1], words[2]]
        #expect(waitUntil { words[1] > products[0] && words[2] > products[1] })
        words[0] = 1
        #expect(waitUntil { words[4] == 2 })
        #expect(words[3] == 0)
        #expect(blas.threads() == threads)
      }
    }
  }

  @Test func `a large product in a worker uses one thread, also in a worker of a worker`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let blas = try #require(OpenBLAS())
        let isRight = blas.multipliesRightly(extent: 500)
        #expect(isRight)
        let tasks = try run(2, workers: 2) { _ in
          let inner = try run(1, workers: 1) { _ in
            blas.multipliesRightly(extent: 500) ? runningThreads() : -1
          }
          return blas.multipliesRightly(extent: 500) && inner == [1] ? runningThreads() : -1
        }
        #expect(tasks == [1, 1])
        let isStillRight = blas.multipliesRightly(extent: 500)
        #expect(isStillRight)
      }
    }
  }
}

/// Returns the number of threads of this process, as reported by the kernel.
private func runningThreads() -> Int {
  guard let directory = unsafe opendir("/proc/self/task") else { return 0 }
  defer { unsafe closedir(directory) }
  var count = -2  // for `.` and `..`
  while unsafe readdir(directory) != nil { count += 1 }
  return count
}

/// Two functions of OpenBLAS, looked up at run time, because this module does not depend on it.
@safe private struct OpenBLAS: @unchecked Sendable {
  // This type is Sendable because it holds functions of a library that stays loaded.
  private typealias Multiply =
    @convention(c) (
      CInt, CInt, CInt, CInt, CInt, CInt, Double, UnsafePointer<Double>, CInt, UnsafePointer<Double>, CInt,
      Double,
      UnsafeMutablePointer<Double>, CInt
    ) -> Void
  private let multiply: Multiply
  let threads: @convention(c) () -> CInt

  init?() {
    guard let library = unsafe dlopen("libopenblas.so.0", RTLD_NOW | RTLD_GLOBAL),
      let multiply = unsafe dlsym(library, "cblas_dgemm"),
      let threads = unsafe dlsym(library, "openblas_get_num_threads")
    else { return nil }
    // SAFETY: These are the signatures that cblas.h declares.
    unsafe self.multiply = unsafeBitCast(multiply, to: Multiply.self)
    unsafe self.threads = unsafeBitCast(threads, to: (@convention(c) () -> CInt).self)
  }

  /// Multiplies two matrices of small integers, and returns whether all elements of the product are
  /// correct.
  func multipliesRightly(extent: Int) -> Bool {
    let a = (0..<extent * extent).map { Double($0 % 7) }
    let b = [Double](repeating: 2, count: extent * extent)
    var product = [Double](repeating: -1, count: extent * extent)
    let n = CInt(extent)
    let (rowMajor, plain): (CInt, CInt) = (101, 111)
    unsafe multiply(rowMajor, plain, plain, n, n, n, 1, a, n, b, n, 0, &product, n)
    for row in 0..<extent {
      let sum = 2 * a[row * extent..<(row + 1) * extent].reduce(0, +)
      for column in 0..<extent where product[row * extent + column] != sum { return false }
    }
    return true
  }
}
