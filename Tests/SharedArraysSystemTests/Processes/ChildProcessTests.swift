@unsafe @preconcurrency import Glibc  // for `stdout`, which no other thread replaces
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: the C functions get pointers to local variables and arrays, with the arrays' sizes, and
// keep none of them.

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ChildProcessTests {
  @Test(arguments: [0, 1, 42, 255])
  func `a child exits with the result of its body`(code: Int) throws {
    #expect(try forkedChild { CInt(code) } == .exited(code: code))
  }

  @Test(arguments: [
    SIGHUP, SIGINT, SIGABRT, SIGFPE, SIGKILL, SIGSEGV, SIGBUS, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGSYS, 40,
  ])
  func `the signal that ended a child is reported`(signal: CInt) throws {
    let termination = try forkedChild {
      kill(getpid(), signal)
      return 0
    }
    #expect(termination == .signaled(Int(signal)))
  }

  @Test func `a termination is described in words`() {
    #expect(ProcessTermination.exited(code: 3).description == "exited with code 3")
    #expect(ProcessTermination.signaled(11).description == "was killed by SIGSEGV")
    #expect(ProcessTermination.signaled(40).description == "was killed by signal 40")
    #expect(ProcessTermination.unknown.description.contains("unknown"))
  }

  @Test func `a Swift trap ends a child by a signal`() throws {
    let words = try SharedWords()
    let termination = try forkedChild {
      // The trap's report would look as if the tests had crashed.
      close(2)
      precondition(words[0] == 1)
      return 0
    }
    #expect([.signaled(Int(SIGILL)), .signaled(Int(SIGTRAP))].contains(termination))
  }

  @Test func `a child that is dropped is killed and reaped`() throws {
    let words = try SharedWords()
    var pid = 0
    do {
      let child = try startChild { pause(words) }
      pid = child.pid
      #expect(words.wait(for: 0))
      #expect(words[0] == pid)
      #expect(processState(pid) != nil)
    }
    #expect(processState(pid) == nil)
  }

  @Test func `a child that has ended by itself is reaped when it is dropped`() throws {
    var pid = 0
    do {
      let child = try startChild { 0 }
      pid = child.pid
      try #require(try child.ends())
      #expect(processState(pid) == "Z")
    }
    #expect(processState(pid) == nil)
  }

  @Test func `a child is pollable when it has ended and not before`() throws {
    let words = try SharedWords()
    var child = try startChild { pause(words) }
    #expect(words.wait(for: 0))
    #expect(try !child.ends(within: .milliseconds(20)))
    #expect(try !child.ends(within: .zero))
    child.kill()
    try #require(try child.ends())
    child.kill()
    #expect(child.reap() == .signaled(Int(SIGKILL)))
    child.kill()
    #expect(processState(child.pid) == nil)
  }

  @Test func `children leave neither descriptors nor mappings nor processes behind`() throws {
    let termination = try forkedChild {
      // A process creates its parent-death pipe with its first child and keeps it.
      guard (try? ParentDeathPipe.own()) != nil else { return 7 }
      let (descriptors, mappings) = (openDescriptors(), mappingCount())
      for i in 0..<50 {
        guard var child = try? startChild({ CInt(i) }) else { return 1 }
        if i % 2 == 0, child.reap() != .exited(code: i) { return 2 }
      }
      if waitpid(-1, nil, WNOHANG) != -1 || errno != ECHILD { return 3 }
      return openDescriptors() == descriptors && mappingCount() == mappings ? 0 : 4
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `a child has default signal handlers and blocks no signal`() throws {
    let termination = try forkedChild {
      signal(SIGPIPE, SIG_IGN)
      signal(SIGTERM) { _ in }
      var blocked = sigset_t()
      unsafe sigfillset(&blocked)
      unsafe pthread_sigmask(SIG_SETMASK, &blocked, nil)
      let inner = try? forkedChild {
        var mask = sigset_t()
        unsafe pthread_sigmask(SIG_SETMASK, nil, &mask)
        for signal in 1..<32 where unsafe sigismember(&mask, CInt(signal)) != 0 { return 1 }
        kill(getpid(), SIGTERM)
        return 2
      }
      unsafe pthread_sigmask(SIG_SETMASK, nil, &blocked)
      let isAsBefore = unsafe sigismember(&blocked, SIGUSR1) == 1
      return inner == .signaled(Int(SIGTERM)) && isAsBefore ? 0 : 1
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `a child dies with its parent`() throws {
    let words = try SharedWords()
    let termination = try forkedChild {
      guard let child = try? startChild({ pause(words) }), words.wait(for: 0) else { return 1 }
      kill(getpid(), SIGKILL)
      return CInt(child.pid)
    }
    #expect(termination == .signaled(Int(SIGKILL)))
    // If no process reaps the orphan, it stays as a zombie.
    #expect(waitUntil { [nil, "Z"].contains(processState(words[0])) })
  }

  @Test(arguments: [true, false])
  func `a wait returns although SIGCHLD is ignored, and the end is known or unknown`(ends: Bool) throws {
    let words = try SharedWords()
    let termination = try forkedChild {
      signal(SIGCHLD, SIG_IGN)
      // A child that ends at once is gone before this process waits for it.
      for _ in 0..<50 {
        guard var quick = try? startChild({ 7 }) else { return 4 }
        guard [.exited(code: 7), .unknown].contains(quick.reap()) else { return 5 }
      }
      guard var child = try? startChild({ ends ? 3 : pause(words) }) else { return 1 }
      if !ends { child.kill() }
      let known: ProcessTermination = ends ? .exited(code: 3) : .signaled(Int(SIGKILL))
      let seen = child.reap()
      // Dropping a child waits as well.
      guard (try? startChild({ pause(words) })) != nil else { return 2 }
      return seen == known || seen == .unknown ? 0 : 3
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `a child that another part of the program has reaped is known or unknown`() throws {
    let termination = try forkedChild {
      guard var child = try? startChild({ 3 }) else { return 1 }
      guard waitpid(pid_t(child.pid), nil, 0) == child.pid else { return 2 }
      return [.exited(code: 3), .unknown].contains(child.reap()) ? 0 : 3
    }
    #expect(termination == .exited(code: 0))
  }

  @Test func `signals interrupt neither the wait for a child nor a poll`() throws {
    let termination = try forkedChild {
      interruptEveryMillisecond()
      let body = { () -> CInt in
        sleepFor(milliseconds: 60)
        return 4
      }
      guard var first = try? startChild(body), first.reap() == .exited(code: 4) else { return 1 }
      guard let second = try? startChild(body), (try? second.ends()) == true else { return 2 }
      return 0
    }
    #expect(termination == .exited(code: 0))
  }

  @Test(.needsFaultInjection, arguments: ["eventfd", "fork", "pidfd_open", "write"])
  func `a child that cannot be started is an error and leaves nothing behind`(call: String) throws {
    let termination = try forkedChild {
      // A process creates its parent-death pipe with its first child and keeps it.
      guard (try? ParentDeathPipe.own()) != nil else { return 7 }
      let descriptors = openDescriptors()
      guard let words = try? SharedWords() else { return 6 }
      do {
        try FaultInjection.failing(call, with: ErrorCode.tooManyFiles) {
          _ = try startChild {
            words[0] = 1
            return 0
          }
        }
        return 1
      } catch ForkError.system(let error) {
        if error != SystemError(call: call, code: ErrorCode.tooManyFiles) { return 2 }
      } catch {
        return 3
      }
      if waitpid(-1, nil, WNOHANG) != -1 || errno != ECHILD { return 4 }
      // The child's body has not started.
      return openDescriptors() == descriptors && words[0] == 0 ? 0 : 5
    }
    #expect(termination == .exited(code: 0))
  }

  @Test(arguments: [true, false])
  func `the output of parent and child appears exactly once`(parentPrintsFirst: Bool) throws {
    var ends: [CInt] = [-1, -1]
    let result = unsafe pipe(&ends)
    #expect(result == 0)
    let output = OwnedDescriptor(owning: ends[0])
    let input = OwnedDescriptor(owning: ends[1])
    let termination = try forkedChild {
      unsafe setvbuf(stdout, nil, _IOFBF, 1 << 16)
      dup2(input.rawValue, 1)
      if parentPrintsFirst { print("parent") }
      let inner = try? forkedChild {
        print("child")
        return 0
      }
      if !parentPrintsFirst { print("parent") }
      return inner == .exited(code: 0) ? 0 : 1
    }
    #expect(termination == .exited(code: 0))
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = unsafe read(output.rawValue, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    #expect(text == (parentPrintsFirst ? "parent\nchild\n" : "child\nparent\n"))
  }
}

/// In a child: reports its pid and waits to be killed.
private func pause(_ words: SharedWords) -> CInt {
  words[0] = currentProcess()
  sleepFor(milliseconds: 30_000)
  return 0
}
