import Glibc
import Multiprocessing
import SharedArraysParallel
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ThrownErrorTests {
  @Test(arguments: Sharing.allCases)
  func `a thrown error arrives with its type, text, indices and process`(sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [sharing] in
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(3, workers: 3, sharing) { chunk in
            if chunk.index == 1 {
              words[0] = currentProcess()
              words[1] = chunk.worker
              throw BadRow(number: 12)
            }
            return 0
          }
        }
        #expect(error.code == .threw)
        #expect(error.errorType == "BadRow")
        #expect(error.message == "Row 12 has no value.")
        #expect(error.range == 10..<20)
        #expect(error.pid == words[0])
        #expect(error.worker == words[1])
        #expect(error.termination == nil)
        #expect(error.unfinishedRanges.contains(10..<20) || error.unfinishedRanges.contains(10..<30))
        expectNextCallIsExact()
      }
    }
  }

  @Test(arguments: ["x", "ü", "漢", "🧵"], [1990, 1991, 1992, 1993, 100_000])
  func `a long text is cut between characters`(character: String, count: Int) async {
    await #expect(processExitsWith: .success) { [character, count] in
      inOwnProcess {
        let text = "a" + String(repeating: character, count: count)
        let error = try failure { () throws(WorkerError) in
          try run(1, workers: 1) { _ in throw Sentence(text: text) }
        }
        let message = error.message ?? ""
        #expect(error.errorType == "Sentence")
        #expect(message.utf8.count > 1900)
        #expect(text.hasPrefix(message))
        #expect(!message.contains("\u{FFFD}"))
      }
    }
  }

  @Test(arguments: Sharing.allCases)
  func `the first of several errors is reported and the others are counted`(sharing: Sharing) async {
    await #expect(processExitsWith: .success) { [sharing] in
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(4, workers: 4, sharing) { chunk in
            words.add(1, to: 0)
            while words[0] < 4 { sleepFor(milliseconds: 1) }
            // All workers have started a chunk by now, so none is stopped before its chunk.
            if chunk.index != 2 { sleepFor(milliseconds: 150) }
            throw BadRow(number: chunk.index)
          }
        }
        #expect(error.code == .threw)
        #expect(error.message == "Row 2 has no value.")
        #expect(error.additionalFailureCount == 3)
        #expect(error.unfinishedRanges == [0..<40])
        #expect(error.description.hasSuffix("Not finished: 0..<40. 3 more failed."))
        expectNextCallIsExact()
      }
    }
  }

  @Test func `no worker starts new work after an error, and started work is finished`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let words = try SharedWords()
        let error = try failure { () throws(WorkerError) in
          try run(400, workers: 3) { chunk in
            if chunk.index == 5 { throw BadRow(number: 5) }
            sleepFor(milliseconds: 2)
            words[chunk.index] = 1
            return 0
          }
        }
        #expect(error.range == 50..<60)
        #expect(error.additionalFailureCount == 0)
        #expect(error.unfinishedRanges == unmarked(words, of: 400))
        #expect((6..<400).contains { words[$0] == 0 })
      }
    }
  }

  @Test func `an error whose description crashes is a death`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try run(1, workers: 1) { _ in throw CrashingDescription() }
        }
        #expect(error.code == .died)
        #expect(error.termination == .signaled(Int(SIGKILL)))
        #expect(error.range == 0..<10)
      }
    }
  }

  @Test func `the error of an inner call arrives as text`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let error = try failure { () throws(WorkerError) in
          try run(2, workers: 2, .fixed) { outer in
            try run(2, workers: 2, .fixed) { inner in
              if outer.index == 1, inner.index == 1 { throw BadRow(number: 11) }
              return 0
            }.count
          }
        }
        #expect(error.errorType == "WorkerError")
        #expect(error.range == 10..<20)
        #expect(error.message?.contains("BadRow: Row 11 has no value.") == true)
      }
    }
  }
}

/// Returns the indices of the chunks without a mark, in the form in which an error lists them.
func unmarked(_ words: SharedWords, of chunks: Int) -> [Range<Int>] {
  var ranges: [Range<Int>] = []
  for chunk in 0..<chunks where words[chunk] == 0 {
    if let last = ranges.last, last.upperBound == chunk * 10 {
      ranges[ranges.count - 1] = last.lowerBound..<chunk * 10 + 10
    } else {
      ranges.append(indices(ofChunk: chunk))
    }
  }
  return ranges
}

struct BadRow: Error, CustomStringConvertible {
  let number: Int
  var description: String { "Row \(number) has no value." }
}

private struct Sentence: Error, CustomStringConvertible {
  let text: String
  var description: String { text }
}

private struct CrashingDescription: Error, CustomStringConvertible {
  var description: String {
    kill(getpid(), SIGKILL)
    return ""
  }
}
