import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import Testing

/// Runs the body of an exit test: in a process of its own, so that no other test holds a lock of the Swift
/// runtime at a fork, and the process's children are this test's alone.
///
/// Reports a thrown error, and whether `body` has left a child or a zombie.
func inOwnProcess(_ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
  // A worker that dies on purpose shall leave no file; a hang ends here.
  var none = rlimit(rlim_cur: 0, rlim_max: 0)
  unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
  alarm(110)
  do { try body() } catch { Issue.record(error, sourceLocation: location) }
  let child = waitpid(-1, nil, WNOHANG)
  #expect(child == -1 && errno == ECHILD, "a child is left: \(child)", sourceLocation: location)
}

/// Ends a test that hangs.
let longTime = Duration.seconds(60)

/// The error of a parallel call that is meant to fail.
func failure(
  _ location: SourceLocation = #_sourceLocation, of call: () throws(WorkerError) -> Void
) throws -> WorkerError {
  do throws(WorkerError) { try call() } catch { return error }
  Issue.record("it succeeded", sourceLocation: location)
  throw Unexpected()
}

struct Unexpected: Error {}

/// What a partition is made of, in a form that reaches the process of an exit test.
enum Pieces: Codable, Hashable {
  case blocks
  case chunks(Int)

  var partition: Partition {
    switch self {
    case .blocks: .blocks
    case .chunks(let size): .chunks(of: size)
    }
  }

  static let all = [Pieces.blocks, .chunks(1), .chunks(3), .chunks(1000)]
}

/// Numbers with all bits in use.
func numbers(_ shape: Shape) throws -> SharedArray<Double> {
  let array = try SharedArray<Double>(shape: shape)
  var number = 0.1
  array.update { _ in
    number = (number * 1.7).truncatingRemainder(dividingBy: 3) + 0.01
    return number
  }
  return array
}

extension StridedArray<Double> {
  var bits: [UInt64] { toArray().map(\.bitPattern) }
}
