// The control block is internal, and only debug builds can test internal declarations.
#if DEBUG
  import SharedArraysSystem
  import TestSupport
  import Testing

  @testable import SharedArraysParallel

  @Suite(.serialized, .timeLimit(.minutes(2)))
  struct ControlBlockTests {
    @Test(arguments: [1, 2, 5])
    func `concurrent processes claim each chunk once`(workers: Int) async {
      await #expect(processExitsWith: .success) { [workers] in
        inOwnProcess {
          let control = try ControlBlock(workers: workers, chunks: 400, resultStride: 0)
          let words = try SharedWords()
          let ends = try forkedChildren(workers) {
            let worker = words.add(1, to: 400)
            while let chunk = control.claim(by: worker) { words.add(1, to: chunk) }
            return 0
          }
          #expect(ends.allSatisfy { $0 == .exited(code: 0) })
          #expect((0..<400).allSatisfy { words[$0] == 1 })
          #expect((0..<workers).allSatisfy { control.current(of: $0) == nil })
        }
      }
    }

    @Test func `either a worker starts or the parent abandons it, never both`() async {
      await #expect(processExitsWith: .success) {
        inOwnProcess {
          let rounds = 2000
          let control = try ControlBlock(workers: rounds, chunks: 1, resultStride: 0)
          let words = try SharedWords()
          let race = { (step: Int, settle: (Int) -> Bool) in
            for round in 0..<rounds {
              words.add(1, to: 0)
              // Both processes are in the same round before either continues.
              while words[0] < 2 * (round + 1) {}
              if settle(round) { words.add(1, to: step) }
            }
          }
          let ends = try forkedChildren(1) {
            race(1) { control.start($0) }
            return 0
          } meanwhile: {
            race(2) { control.giveUp($0) }
          }
          #expect(ends == [.exited(code: 0)])
          #expect(words[1] + words[2] == rounds)
          let begun = (0..<rounds).count { control.hasStarted($0) }
          #expect(begun == words[1])
        }
      }
    }

    @Test func `an abandoned worker's slot can be reopened for another process`() throws {
      let control = try ControlBlock(workers: 1, chunks: 1, resultStride: 0)
      let answers = [control.giveUp(0), control.start(0), control.hasStarted(0)]
      #expect(answers == [true, false, false])
      control.reopen(0)
      let others = [control.start(0), control.giveUp(0), control.hasStarted(0)]
      #expect(others == [true, false, true])
    }

    @Test func `a stop ends the claims`() throws {
      let control = try ControlBlock(workers: 1, chunks: 3, resultStride: 0)
      #expect(control.claim(by: 0) == 0)
      control.stop()
      let isStopped = control.isStopped
      #expect(isStopped)
      #expect(control.claim(by: 0) == nil)
    }

    @Test func `the chunk of a worker is the one it has claimed and not finished`() throws {
      let control = try ControlBlock(workers: 2, chunks: 2, resultStride: 8)
      #expect(control.current(of: 1) == nil)
      #expect(control.claim(by: 1) == 0)
      #expect(control.claim(by: 0) == 1)
      #expect(control.current(of: 1) == 0)
      control.setFinished(chunk: 0)
      #expect(control.current(of: 1) == nil)
      #expect(control.isFinished(chunk: 0) && !control.isFinished(chunk: 1))
      #expect(control.claim(by: 1) == nil)
      #expect(control.current(of: 0) == 1)
    }

    @Test(arguments: ["x", "é", "語", "👩‍👩‍👧‍👦", "🇫🇷"], 0..<5)
    func `a long error is cut between characters`(character: String, shift: Int) throws {
      let control = try ControlBlock(workers: 2, chunks: 1, resultStride: 0)
      let text = String(repeating: "-", count: shift) + String(repeating: character, count: 3000)
      control.setError(type: text, text: text, of: 0)
      let kept = control.error(of: 0)
      for part in [kept.type, kept.text] {
        // A Boolean alone, because a failed comparison would print the text.
        let isStart = part == text.prefix(part.count)
        #expect(isStart)
      }
      #expect((450...504).contains(kept.type.utf8.count))
      #expect((1450...2016).contains(kept.text.utf8.count))
      #expect(control.error(of: 1) == ("", ""))
    }

    @Test(arguments: ["", "a", "short, and with a \0 in it", "ümläut"])
    func `a short error is kept as it is`(text: String) throws {
      let control = try ControlBlock(workers: 2, chunks: 1, resultStride: 0)
      control.setError(type: text + "Type", text: text, of: 1)
      #expect(control.error(of: 1) == (text + "Type", text))
      control.setError(type: "T", text: text, of: 1)
      #expect(control.error(of: 1) == ("T", text))
    }

    @Test func `one character that is too long for the text is left out`() throws {
      let control = try ControlBlock(workers: 1, chunks: 1, resultStride: 0)
      let character = "e" + String(repeating: "\u{301}", count: 3000)
      control.setError(type: character, text: character, of: 0)
      #expect(control.error(of: 0).text.unicodeScalars.allSatisfy { $0 != "\u{FFFD}" })
    }

    @Test(arguments: [(1, 0, 0), (1, 1, 24), (3, 7, 8), (40, 300, 1)])
    func `results are contiguous, aligned, and after everything else`(
      workers: Int, chunks: Int, resultStride: Int
    ) throws {
      let control = try ControlBlock(workers: workers, chunks: chunks, resultStride: resultStride)
      // SAFETY: The results of all chunks lie within the mapping of `control`, which lives until
      // the end of this function.
      let first = unsafe UInt(bitPattern: control.result(of: 0))
      #expect(first % 64 == 0)
      for chunk in 0..<chunks {
        #expect(unsafe UInt(bitPattern: control.result(of: chunk)) == first + UInt(chunk * resultStride))
        unsafe control.result(of: chunk).initializeMemory(as: UInt8.self, repeating: 255, count: resultStride)
      }
      #expect((0..<chunks).allSatisfy { !control.isFinished(chunk: $0) })
      #expect((0..<workers).allSatisfy { control.state(of: $0) == .running && !control.hasStarted($0) })
      for chunk in 0..<chunks { control.setFinished(chunk: chunk) }
      #expect((0..<workers).allSatisfy { control.state(of: $0) == .running })
    }

    @Test(arguments: [(Int.max, 0), (Int.max / 2, 3), (1 << 61, 8), (Int.max - 4000, 1), (1 << 50, 1 << 12)])
    func `sizes beyond any machine's memory are an error`(chunks: Int, resultStride: Int) {
      #expect(throws: SystemError(call: "mmap", code: ErrorCode.noMemory)) {
        _ = try ControlBlock(workers: 4, chunks: chunks, resultStride: resultStride)
      }
    }
  }
#endif
