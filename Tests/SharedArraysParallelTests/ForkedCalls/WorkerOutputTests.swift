@unsafe @preconcurrency import Glibc  // for `stdout` and `stderr`, which no other thread replaces
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: This covers the whole file. The standard streams are never replaced, the buffer of a
// stream is never deallocated, and the other functions receive local variables and buffers with
// their true sizes.

@Suite(.serialized, .timeLimit(.minutes(2)))
struct WorkerOutputTests {
  @Test(arguments: [1, 2], [10, 10_000])
  func `output of parent and workers appears exactly once, and in order`(descriptor: CInt, length: Int) async
  {
    await #expect(processExitsWith: .success) { [descriptor, length] in
      inOwnProcess {
        let word = String(repeating: "x", count: length)
        let lines = try output(to: descriptor) {
          put("before\n", on: descriptor)
          for _ in 0..<2 {
            _ = try run(3, workers: 3, .fixed) { chunk in
              put("\(word)\(chunk.index)\n", on: descriptor)
              return 0
            }
          }
          put("after\n", on: descriptor)
        }
        #expect(lines.count == 8)
        let isOrdered = lines.first == "before" && lines.last == "after"
        #expect(isOrdered)
        let once = (0..<3).map { "\(word)\($0)" }
        let isOnce =
          Array(lines.dropFirst().prefix(3)).sorted() == once && lines.dropFirst(4).prefix(3).sorted() == once
        #expect(isOnce)
      }
    }
  }

  @Test(arguments: [Death.signal(9), .exit(0), .immediateExit(3)])
  func `a worker that dies does not print the parent's earlier output again`(death: Death) async {
    await #expect(processExitsWith: .success) { [death] in
      inOwnProcess {
        let lines = try output(to: 1) {
          put("before\n", on: 1)
          _ = try? run(2, workers: 2, .fixed) { $0.index == 1 ? death.happen() : 0 }
          put("after\n", on: 1)
        }
        #expect(lines == ["before", "after"])
      }
    }
  }

  @Test func `output that a worker prints before it throws appears`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let lines = try output(to: 1) {
          _ = try? run(1, workers: 1) { _ in
            print("about to throw")
            throw BadRow(number: 1)
          }
        }
        #expect(lines == ["about to throw"])
      }
    }
  }

  @Test(.needsFaultInjection)
  func `a call that cannot start duplicates no output`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let lines = try output(to: 1) {
          put("before\n", on: 1)
          FaultInjection.failing("pidfd_open", with: ErrorCode.tooManyFiles, afterCalls: 1) {
            _ = try? run(3, workers: 3) { $0.index }
          }
          put("after\n", on: 1)
        }
        #expect(lines == ["before", "after"])
      }
    }
  }

  @Test func `a thread that holds the output lock does not block a fork or the workers`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let lines = try output(to: 1) {
          let words = try SharedWords()
          onThread {
            holdOutput {
              put("held\n", on: 1)
              words[0] = 1
              _ = words.wait(for: 1)
            }
            words[2] = 1
          }
          _ = words.wait(for: 0)
          _ = try run(2, workers: 2, .fixed) { chunk in
            print("worker \(chunk.index)")
            return 0
          }
          words[1] = 1
          _ = words.wait(for: 2)
        }
        #expect(lines.sorted() == ["held", "worker 0", "worker 1"])
      }
    }
  }

  @Test func `calls are exact with standard input, output and error closed`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let termination = try forkedChild {
          for descriptor in 0...2 as ClosedRange<CInt> { close(descriptor) }
          for round in 0..<5 {
            let results = try? run(3, workers: 3) { chunk in
              print("nowhere to go")
              return chunk.index + round
            }
            print("nor here")
            if results != (0..<3).map({ $0 + round }) { return CInt(round + 1) }
          }
          return 0
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }

  @Test func `a worker whose output has no reader dies by SIGPIPE, with its work done`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let termination = try forkedChild {
          bufferWholly(1)
          var ends: [CInt] = [-1, -1]
          unsafe pipe(&ends)
          dup2(ends[1], 1)
          close(ends[0])
          do throws(WorkerError) {
            _ = try run(1, workers: 1) { _ in
              print("lost")
              return 0
            }
            return 1
          } catch {
            guard error.termination == .signaled(Int(SIGPIPE)) else { return 2 }
            return error.unfinishedRanges.isEmpty && error.range == nil ? 0 : 3
          }
        }
        #expect(termination == .exited(code: 0))
      }
    }
  }
}

/// Returns the lines that `body` and its workers write to a file in place of a descriptor, in a
/// forked child with fully buffered streams.
private func output(to descriptor: CInt, of body: () throws -> Void) throws -> [String] {
  try withTemporaryDirectory { directory in
    let path = directory + "/output"
    // Simultaneous writes of several processes stay separate in a file that is opened for
    // appending.
    let file = OwnedDescriptor(owning: unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600))
    let raw = file.rawValue
    let termination = try forkedChild {
      bufferWholly(descriptor)
      dup2(raw, descriptor)
      do { try body() } catch { return 1 }
      return 0
    }
    if termination != .exited(code: 0) { throw BadRow(number: -1) }
    let count = try file.status().byteCount
    return try unsafe withUnsafeTemporaryAllocation(byteCount: count + 1, alignment: 1) { buffer in
      let count = try unsafe file.read(into: buffer, at: 0)
      return unsafe String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(
        String.init)
    }
  }
}

private func stream(_ descriptor: CInt) -> UnsafeMutablePointer<FILE> {
  unsafe descriptor == 1 ? stdout! : stderr!
}

/// Makes a stream fully buffered.
private func bufferWholly(_ descriptor: CInt) {
  let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: 1 << 16)
  unsafe setvbuf(stream(descriptor), buffer, _IOFBF, 1 << 16)
  // A stream that was used before starts to use its new buffer with the first flush.
  put(" ", on: descriptor)
  unsafe fflush(stream(descriptor))
}

private func put(_ text: String, on descriptor: CInt) {
  unsafe fputs(text, stream(descriptor))
}

private func holdOutput(during body: () -> Void) {
  unsafe flockfile(stdout)
  body()
  unsafe funlockfile(stdout)
}
