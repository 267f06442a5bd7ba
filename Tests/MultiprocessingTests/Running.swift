import Glibc
import Multiprocessing
import SharedArraysSystem
import TestSupport
import Testing

/// Ten indices a chunk, so that the number of a chunk and its range cannot be taken for each other.
func indices(ofChunk chunk: Int) -> Range<Int> { chunk * 10..<chunk * 10 + 10 }

/// How chunks come to workers: claimed one by one, or worker `i` does chunk `i`.
enum Sharing: Codable, CaseIterable { case claimed, fixed }

/// A parallel call without arrays: the results of `body` for all chunks.
///
/// Its time-out is there to end a test that hangs.
func run(
  _ chunks: Int, workers: Int, _ sharing: Sharing = .claimed, timeout: Duration? = .seconds(60),
  startTimeout: Duration = .seconds(10), gateTimeout: Duration = .seconds(10),
  _ body: (Chunk) throws -> Int
) throws(WorkerError) -> [Int] {
  var options = ForkedRun.Options(workers: workers, timeout: timeout)
  options.startTimeout = startTimeout
  options.gateTimeout = gateTimeout
  return try unsafe ForkedRun.run(
    options, chunks: chunks, range: indices(ofChunk:), isDynamic: sharing == .claimed,
    resultStride: MemoryLayout<Int>.stride,
    body: { chunk, place in unsafe place.storeBytes(of: try body(chunk), as: Int.self) },
    results: { place in
      (0..<chunks).map { unsafe place.load(fromByteOffset: $0 * MemoryLayout<Int>.stride, as: Int.self) }
    })
}

/// The error of a parallel call that is meant to fail.
func failure(
  _ location: SourceLocation = #_sourceLocation, of call: () throws(WorkerError) -> [Int]
) throws -> WorkerError {
  do throws(WorkerError) {
    let results = try call()
    Issue.record("it succeeded: \(results.prefix(8))", sourceLocation: location)
    throw WorkerError(.threw, worker: -1, message: "it succeeded")
  } catch {
    return error
  }
}

/// Checks that the next call in this process is exact, whatever happened before.
func expectNextCallIsExact(_ location: SourceLocation = #_sourceLocation) {
  for sharing in Sharing.allCases {
    let results = try? run(3, workers: 3, sharing) { $0.index * 7 }
    #expect(results == [0, 7, 14], sourceLocation: location)
  }
}

/// Runs the body of an exit test: in a process of its own, so that no other test holds a lock of the Swift
/// runtime at a fork, and the process's children and descriptors are this test's alone.
///
/// Reports a thrown error, and whether `body` has left a child, a zombie or a descriptor.
func inOwnProcess(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
  // A worker that dies on purpose shall leave no file; a hang ends here.
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  alarm(110)
  let descriptors = descriptorsOfProcesses()
  do { try body() } catch { Issue.record(error, sourceLocation: location) }
  #expect(descriptorsOfProcesses() == descriptors, "descriptors are left open", sourceLocation: location)
  let child = waitpid(-1, nil, WNOHANG)
  #expect(child == -1 && errno == ECHILD, "a child is left: \(child)", sourceLocation: location)
}

/// A number from the environment, for tests that can run longer than usual.
func environmentNumber(_ name: String, or usual: Int) -> Int {
  unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) } ?? usual
}

/// How many descriptors lead to processes: the only kind that a call opens. Other kinds come and go with the
/// threads of the test library.
private func descriptorsOfProcesses() -> Int {
  (0..<2000).count { number in
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
      let count = unsafe readlink("/proc/self/fd/\(number)", text.baseAddress!, 63)
      guard count > 0 else { return false }
      unsafe text[count] = 0
      return unsafe strstr(text.baseAddress!, "pidfd") != nil
    }
  }
}
