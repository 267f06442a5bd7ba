import Glibc
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct NamedSemaphoreTests {
  @Test func `a name is created once, opened by others, and removed`() throws {
    let name = uniqueName()
    #expect(throws: SystemError(call: "sem_open", code: ENOENT)) { _ = try NamedSemaphore(opening: name) }
    let semaphore = try NamedSemaphore(creating: name, value: 2)
    defer { try? NamedSemaphore.unlink(name) }
    #expect(sharedMemoryNames().contains("sem." + name))
    #expect(try SharedMemoryDirectory.status(of: "sem." + name).permissions == 0o600)
    #expect(throws: SystemError(call: "sem_open", code: EEXIST)) {
      _ = try NamedSemaphore(creating: name, value: 1)
    }
    let termination = try forkedChild {
      guard let own = try? NamedSemaphore(opening: name) else { return 1 }
      return (try? own.tryWait()) == true ? 0 : 2
    }
    #expect(termination == .exited(code: 0))
    #expect(semaphore.value == 1)
    try NamedSemaphore.unlink(name)
    #expect(!sharedMemoryNames().contains("sem." + name))
    try semaphore.post()
    #expect(try semaphore.wait(until: Deadline(after: .zero)))
    #expect(semaphore.value == 1)
    #expect(throws: SystemError(call: "sem_unlink", code: ENOENT)) { try NamedSemaphore.unlink(name) }
  }

  @Test(arguments: ["", "a/b", String(repeating: "n", count: 300)])
  func `an invalid name is refused`(name: String) {
    #expect(throws: SystemError.self) { _ = try NamedSemaphore(creating: name, value: 1) }
    #expect(throws: SystemError.self) { _ = try NamedSemaphore(opening: name) }
  }

  @Test func `the owner closes its semaphore`() throws {
    let name = uniqueName()
    let semaphore = try NamedSemaphore(creating: name, value: 0)
    defer { try? NamedSemaphore.unlink(name) }
    let termination = try forkedChild {
      let (descriptors, mappings) = (openDescriptors(), mappingCount())
      let inner = name + "-inner"
      for _ in 0..<50 {
        guard let new = try? NamedSemaphore(creating: inner, value: 1), new.value == 1 else { return 1 }
        guard (try? NamedSemaphore.unlink(inner)) != nil else { return 2 }
      }
      return openDescriptors() == descriptors && mappingCount() == mappings ? 0 : 3
    }
    #expect(termination == .exited(code: 0))
    #expect(semaphore.value == 0)
  }
}
