import Glibc
import SharedArraysSystem
import Testing

struct SystemCallTests {
  @Test(arguments: [0, 1, CInt.max])
  func `a result that is not negative is returned`(value: CInt) throws {
    #expect(try systemCall("open") { value } == value)
  }

  @Test func `results of 64 bits keep their value`() throws {
    #expect(try systemCall("pread") { Int64.max } == Int64.max)
  }

  @Test(arguments: [1, 5])
  func `an interrupted call is retried`(interruptions: Int) throws {
    var calls = 0
    let result = try systemCall("read") { () -> CInt in
      calls += 1
      return calls <= interruptions ? -EINTR : 42
    }
    #expect(result == 42)
    #expect(calls == interruptions + 1)
  }

  @Test func `a failed call is made once and reported with its name and reason`() {
    var calls = 0
    let error = #expect(throws: SystemError.self) {
      try systemCall("ftruncate") { () -> CInt in
        calls += 1
        return -ENOSPC
      }
    }
    #expect(calls == 1)
    #expect(error == SystemError(call: "ftruncate", code: ENOSPC))
    #expect(error?.description == "ftruncate failed: No space left on device (errno 28).")
  }

  @Test func `an error number without a text is still described`() {
    #expect(SystemError(call: "open", code: 4000).description == "open failed: unknown error (errno 4000).")
  }
}
