import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: This covers the whole file. Each exit test runs in a process of its own, in which one
// thread sets and reads these variables. A worker reads its own copy.

// A global variable keeps its value when the program exits.
nonisolated(unsafe) private var kept: SharedArray<Int>?
nonisolated(unsafe) private var keptToRead: ReadOnlySharedArray<Int>?

@Suite(.serialized, .timeLimit(.minutes(1)))
struct NamesAtExitTests {
  /// Small arrays, and arrays that use huge pages.
  @Test(arguments: [1, 1_000_000])
  func `the name of an array in a global is removed when its creator exits`(count: Int) async throws {
    let name = try unusedName()
    await #expect(processExitsWith: .success) { [name = name as String, count = count as Int] in
      inOwnProcess { try keep(name, count: count) }
      exit(sharedMemoryNames().contains(name) ? 0 : 1)
    }
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test(arguments: [true, false])
  func `a process that exits leaves the name to a process that has the array`(isReadOnly: Bool) async throws {
    let name = try unusedName()
    var array: SharedArray<Int>? = try SharedArray.create(name, shape: [10])
    array?.fill(7)
    await #expect(processExitsWith: .success) { [name = name as String, isReadOnly = isReadOnly as Bool] in
      inOwnProcess {
        if isReadOnly {
          unsafe keptToRead = try SharedArray<Int>.attach(name, access: .readOnly)
        } else {
          unsafe kept = try SharedArray.attach(name)
        }
      }
      exit(isReadOnly ? exitCode(unsafe keptToRead?[3]) : exitCode(unsafe kept?[3]))
    }
    #expect(try SharedArray<Int>.attach(name)[3] == 7)
    #expect(array?[3] == 7)
    array = nil
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `a name stays when a forked child exits, and is removed when the parent exits`() async throws {
    let name = try unusedName()
    await #expect(processExitsWith: .success) { [name = name as String] in
      inOwnProcess {
        try keep(name, count: 10)
        let ended = try forkedChild { exit(3) }
        if ended != .exited(code: 3) || !sharedMemoryNames().contains(name) { exit(1) }
      }
      exit(0)
    }
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `functions that run later at exit find the array unchanged`() async throws {
    let name = try unusedName()
    await #expect(processExitsWith: .success) { [name = name as String] in
      inOwnProcess {
        // The function that is registered first runs last.
        atexit { checkKept() }
        try keep(name, count: 1_000_000)
      }
      exit(0)
    }
  }

  @Test func `a name is removed after the workers that a program waits for at exit`() async throws {
    let name = try unusedName()
    await #expect(processExitsWith: .success) { [name = name as String] in
      // The program waits for workers at exit from now on.
      _ = try WorkerProcess.start { NoValue() }.result()
      try keep(name, count: 10)
      _ = try WorkerProcess<NoValue>.start {
        usleep(200_000)
        unsafe kept?[0] = 1
        return NoValue()
      }
      exit(0)
    }
    #expect(!sharedMemoryNames().contains(name))
  }

  private func unusedName() throws -> String { "at-exit-" + String(try randomBits(), radix: 16) }
}

private func keep(_ name: String, count: Int) throws {
  let array = try SharedArray<Int>.create(name, shape: [count])
  array.fill(7)
  unsafe kept = array
}

private func exitCode(_ element: Int?) -> CInt { element == 7 ? 0 : 1 }

/// Checks, in the last function of an exiting process, that the name is removed and the memory is
/// still mapped.
private func checkKept() {
  guard let array = unsafe kept, let name = array.name else { _exit(1) }
  array[1] = 8
  if sharedMemoryNames().contains(name) || array.toArray().prefix(3) != [7, 8, 7] { _exit(1) }
}
