internal import Foundation

/// Runs `body` on several threads at once, and waits for all of them.
package func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    Thread.detachNewThread {
      body(index)
      group.leave()
    }
  }
  group.wait()
}

/// Runs `body` on a thread of its own.
package func onThread(_ body: @escaping @Sendable () -> Void) {
  Thread.detachNewThread(body)
}
