import Glibc
import Multiprocessing
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct MixedWaitingTests {
  @Test(arguments: [StartMethod.fork, .spawn, .forkServer])
  func `a caller can wait for processes, connections, listeners and other objects together`(
    method: StartMethod
  ) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let (here, there) = try Connection.pair()
        let flag = Flag()
        let listener = try ConnectionListener(path: "/tmp/mixed-\(getpid()).socket")
        let worker = try WorkerProcess.start(WaitForEver.self, there, method: method)
        let all: [any Waitable] = [worker, here, flag, listener]
        #expect(try waitAny(all, timeout: .zero) == nil && waitAny(all, timeout: .milliseconds(30)) == nil)
        #expect(try !waitAll(all, timeout: .milliseconds(5)))
        try there.send(3)
        #expect(try waitAny(all) == 1)
        #expect(try here.receive(Int.self) == 3)
        onThread {
          sleepFor(milliseconds: 30)
          flag.words[0] = 1
        }
        #expect(try waitAny(all, timeout: .seconds(30)) == 2)
        flag.words[0] = 0
        let client = try Connection.connect(path: listener.path)
        #expect(try waitAny(all, timeout: .seconds(30)) == 3)
        #expect(try waitAll([listener, listener]))
        _ = try listener.accept()
        there.close()
        worker.kill()
        #expect(try waitAny([flag, worker], timeout: .seconds(30)) == 1)
        #expect(try waitAll([worker, here], timeout: .seconds(30)), "an end at the end of file is ready")
        here.close()
        #expect(try waitAny([here]) == 0, "a closed end is ready at once")
        client.close()
        listener.close()
        CurrentProcess.endForkServer()
      }
    }
  }
}

private final class Flag: Waitable {
  let words = SharedWords.counter()
  func isReady() -> Bool { words[0] != 0 }
}
