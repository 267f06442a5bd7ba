import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

/// Returns the indices of a chunk. A chunk has ten indices, so that its number and its range cannot
/// be confused.
func indices(ofChunk chunk: Int) -> Range<Int> { chunk * 10..<chunk * 10 + 10 }

/// The assignment of chunks to workers: claimed one by one, or worker `i` processes chunk `i`.
enum Sharing: Codable, CaseIterable { case claimed, fixed }

/// Makes a parallel call without arrays, and returns the results of `body` for all chunks.
///
/// Its timeout ends a test that hangs.
func run(
  _ chunks: Int, workers: Int, _ sharing: Sharing = .claimed, timeout: Duration? = .seconds(60),
  startTimeout: Duration = .seconds(10), gateTimeout: Duration = .seconds(10),
  _ body: (SlabInfo) throws -> Int
) throws(WorkerError) -> [Int] {
  var options = ForkedCall.Options(workers: workers, timeout: timeout)
  options.startTimeout = startTimeout
  options.gateTimeout = gateTimeout
  // SAFETY: `place` has room for one integer for each chunk, and the results are aligned.
  return try unsafe ForkedCall.run(
    options, chunks: chunks, range: indices(ofChunk:), isDynamic: sharing == .claimed,
    resultStride: MemoryLayout<Int>.stride,
    body: { chunk, place in unsafe place.storeBytes(of: try body(chunk), as: Int.self) },
    results: { place in
      (0..<chunks).map { unsafe place.load(fromByteOffset: $0 * MemoryLayout<Int>.stride, as: Int.self) }
    })
}

/// Returns the error of a parallel call that is expected to fail.
func failure(
  _ location: SourceLocation = #_sourceLocation, of call: () throws(WorkerError) -> some Any
) throws -> WorkerError {
  do throws(WorkerError) {
    let result = try call()
    Issue.record("the call succeeded: \(result)", sourceLocation: location)
  } catch {
    return error
  }
  throw Unexpected()
}

/// Checks that the next call in this process is exact, whatever happened before.
func expectNextCallIsExact(_ location: SourceLocation = #_sourceLocation) {
  for sharing in Sharing.allCases {
    let results = try? run(3, workers: 3, sharing) { $0.index * 7 }
    #expect(results == [0, 7, 14], sourceLocation: location)
  }
}
