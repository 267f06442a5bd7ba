import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: `mkfifo` gets a temporary C string that exists until the call returns.

/// Returns the error that `body` throws, or nil if it throws none. An error of another type is
/// recorded as an issue.
func csvError<Result>(_ body: () throws -> Result) -> CSVError? {
  do { _ = try body() } catch let error as CSVError { return error } catch { Issue.record(error) }
  return nil
}

/// Tests that an error in a text file is reported with its position.
@Suite struct CSVErrorTests {
  private static let texts: [(String, String)] = [
    ("1,2\nabc,4", "line 2, column 1: the field is not a number (\"abc\"; int8 takes whole numbers)."),
    (
      "x,y\n1,2",
      "line 1, column 1: the field is not a number (\"x\"; int8 takes whole numbers; "
        + "use skippingLines to skip header lines)."
    ),
    ("1,2\n3, 4.5 \n", "line 2, column 4: the field is not a number (\"4.5\"; int8 takes whole numbers)."),
    ("1\n-", "line 2, column 1: the field is not a number (\"-\"; int8 takes whole numbers)."),
    ("1\n1 2", "line 2, column 1: the field is not a number (\"1 2\"; int8 takes whole numbers)."),
    ("1\n0x1F", "line 2, column 1: the field is not a number (\"0x1F\"; int8 takes whole numbers)."),
    (
      "1\n\"a\"\"b\"",
      "line 2, column 1: the field is not a number (\"a\\\"\\\"b\"; int8 takes whole numbers)."
    ),
    ("1\n\"2\"x", "line 2, column 1: the field is not a number (\"\\\"2\\\"x\"; int8 takes whole numbers)."),
    (
      "1\n" + String(repeating: "é", count: 50),
      "line 2, column 1: the field is not a number (\"\(String(repeating: "é", count: 40))…\"; "
        + "int8 takes whole numbers)."
    ),
    (
      "1\n" + String(repeating: "1", count: 100_000),
      "line 2, column 1: the field is not a number (\"\(String(repeating: "1", count: 40))…\"; "
        + "it is longer than 65536 bytes)."
    ),
    ("1,2\n3,128", "line 2, column 3: the number is out of range (\"128\"; int8 ranges from -128 to 127)."),
    ("1,2\n3,-129", "line 2, column 3: the number is out of range (\"-129\"; int8 ranges from -128 to 127)."),
    (
      "99999999999999999999999",
      "line 1, column 1: the number is out of range (\"99999999999999999999999\"; "
        + "int8 ranges from -128 to 127)."
    ),
    (
      "1,2\n3\n",
      "line 2, column 2: the line has more or fewer fields than the first one (found 1, but line 1 has 2)."
    ),
    (
      "\n1,2\r\n\r\n3,4,5,6\n",
      "line 4, column 5: the line has more or fewer fields than the first one (found 4, but line 2 has 2)."
    ),
    (
      "1,2\nx,y,z",
      "line 2, column 5: the line has more or fewer fields than the first one (found 3, but line 1 has 2)."
    ),
    ("1,2\n3,\n", "line 2, column 3: the field is empty (pass a value for missing to fill empty fields)."),
    ("1,2\n3,\"\"", "line 2, column 3: the field is empty (pass a value for missing to fill empty fields)."),
    ("1, ,2", "line 1, column 4: the field is empty (pass a value for missing to fill empty fields)."),
    ("1,2\n3,\"4\n5\n", "line 2, column 3: the quote is not closed."),
    ("\"1", "line 1, column 1: the quote is not closed."),
    ("", ": it has no lines of numbers."),
    ("\n \r\n\t\n", ": it has no lines of numbers."),
    ("\u{FEFF}", ": it has no lines of numbers."),
  ]

  @Test(arguments: texts)
  func `an error says where the file is wrong, and how`(text: String, message: String) throws {
    try withText(text) { path in
      let error = csvError { try SharedArray<Int8>.load(csv: path) }
      let separator = message.hasPrefix(":") ? "" : ", "
      #expect(error?.description == "The file \"\(path)\"\(separator)\(message)")
    }
  }

  @Test func `the message names the type`() throws {
    try withText("1\nabc\n") { path in
      func detail<Element: OrderedElement>(_ type: Element.Type) -> String? {
        csvError { try SharedArray<Element>.load(csv: path) }?.detail
      }
      #expect(detail(Double.self) == "float64 is expected")
      #expect(detail(Float16.self) == "float16 is expected")
      #expect(detail(UInt32.self) == "uint32 takes whole numbers")
      #expect(detail(Bool.self) == "bool takes true, false, 1 and 0")
    }
    try withText("0\n-1e999\n") { path in
      let error = csvError { try SharedArray<Float>.load(csv: path) }
      #expect(error?.code == .outOfRange)
      #expect(error?.detail == "the largest float32 is 3.4028235e+38")
      #expect(error?.field == "-1e999")
    }
    try withText("1\n2") { path in
      #expect(csvError { try SharedArray<Bool>.load(csv: path) }?.code == .outOfRange)
    }
    try withText("1\n-1\n") { path in
      let error = csvError { try SharedArray<UInt64>.load(csv: path) }
      #expect(error?.detail == "uint64 ranges from 0 to 18446744073709551615")
    }
  }

  @Test(arguments: [
    "1e", "1e+", ".", "-.", "1.2.3", "1,5", "1_000", "1e5.5", "0x10", "nan()", "infinit", "in", "+-1", "--1",
    "1f",
    "1 e5", "٣", "1e５", "\0", "1\0", "tru", "1d5",
  ])
  func `a field that only resembles a number is refused`(text: String) throws {
    try withText("1\n" + text) { path in
      let error = csvError { try SharedArray<Double>.load(csv: path, separator: ";") }
      #expect(error?.code == .notANumber)
      #expect(error?.line == 2 && error?.column == 1)
      #expect(error?.field == text)
    }
  }

  @Test func `columns count characters, and leave out the byte order mark`() throws {
    try withText("\u{FEFF}  x\n") { path in
      #expect(csvError { try SharedArray<Int>.load(csv: path) }?.column == 3)
    }
    try withText("\"日本\",\t\"é\" , x\n") { path in
      let error = csvError { try SharedArray<Int>.load(csv: path, columns: [2]) }
      #expect(error?.column == 13)
      #expect(error?.field == "x")
    }
    try withText("1,2\r\n\"a\r\nb\",x\r\n") { path in
      let error = csvError { try SharedArray<Int>.load(csv: path, columns: [1]) }
      #expect(error?.line == 3 && error?.column == 4)
    }
    try withText(String(repeating: "é,", count: 200_000) + "x") { path in
      let error = csvError { try SharedArray<Int>.load(csv: path, columns: [200_000]) }
      #expect(error?.line == 1 && error?.column == 400_001)
    }
  }

  @Test func `an unclosed quote in a long file is found, also in columns that are left out`() throws {
    try withText("1,2\n3,\"x\n" + String(repeating: "4,5\n", count: 80_000)) { path in
      for columns in [nil, [0]] as [[Int]?] {
        let error = csvError { try SharedArray<Int>.load(csv: path, columns: columns) }
        #expect(error?.code == .unterminatedQuote)
        #expect(error?.line == 2 && error?.column == 3)
      }
    }
  }

  @Test func `the first of several faults is reported`() throws {
    try withText("1,2\n3,x\n4\ny,5\n6,\"7\n") { path in
      #expect(csvError { try SharedArray<Int>.load(csv: path) }?.field == "x")
    }
  }

  @Test func `a line with fewer fields is an error before the whole table takes memory`() throws {
    // A table of all lines and columns would have more elements than fit in any memory.
    let text = String(repeating: "1,", count: 200_000) + "1\n" + String(repeating: "1\n", count: 200_000)
    try withText(text) { path in
      let error = csvError { try SharedArray<Double>.load(csv: path) }
      #expect(error?.code == .fieldCount)
      #expect(error?.line == 2)
    }
  }

  @Test func `a missing column is an error with the first line that lacks it`() throws {
    try withText("names\n\n1,2,3\n4,5,6\n") { path in
      let error = csvError {
        try SharedArray<Int>.load(csv: path, skippingLines: 1, columns: [2, 3])
      }
      #expect(
        error?.description
          == "The file \"\(path)\", line 3: a requested column does not exist "
          + "(column 3, counted from 0; the number of columns is 3).")
    }
  }

  @Test(arguments: [
    (1, "the skipped line"), (7, "the 7 skipped lines"), (Int.max, "the \(Int.max) skipped lines"),
  ])
  func `a file without further lines is an error`(skipped: Int, text: String) throws {
    try withText("1,2\n") { path in
      let error = csvError {
        try SharedArray<Int>.load(csv: path, skippingLines: skipped)
      }
      #expect(error?.description == "The file \"\(path)\": it has no lines of numbers (after \(text)).")
    }
  }

  @Test func `a file that cannot be read is an error with its cause`() throws {
    try withTemporaryDirectory { directory in
      func error(_ path: String) -> CSVError? {
        csvError { try SharedArray<Int>.load(csv: path) }
      }
      #expect(
        error(directory + "/none.csv")?.description
          == "The file \"\(directory)/none.csv\": reading or writing failed. "
          + "open failed: No such file or directory (errno 2).")
      #expect(
        error(directory)?.description
          == "The file \"\(directory)\": reading or writing failed. pread failed: Is a directory (errno 21).")
      #expect(
        error("/dev/zero")?.description
          == "The file \"/dev/zero\": reading or writing failed (it is not a regular file).")
      #expect(unsafe mkfifo(directory + "/fifo", 0o600) == 0)
      #expect(error(directory + "/fifo")?.underlying?.code == ESPIPE)
      #expect(error("x\0y")?.detail == "a path cannot contain a NUL character")
    }
  }

  @Test(
    .needsFaultInjection, arguments: ["open", "fstat", "pread", "memfd_create"], 0...3)
  func `a call that fails is an error with its name`(call: String, skip: Int) throws {
    // The table is too large for the arena, so it needs memory of its own.
    try withText(String(repeating: "1,2\n", count: 70_000)) { path in
      Arena.dropIdle()
      let outcome = Result {
        try FaultInjection.failing(call, with: 5, afterCalls: skip) { try SharedArray<Int>.load(csv: path) }
      }
      switch outcome {
      case .success: #expect(skip > 0)
      case .failure(let error):
        let error = try #require(error as? CSVError)
        #expect(error.underlying == SystemError(call: call, code: 5))
        #expect(
          error.code == .system || (error.code == .insufficientMemory && !["open", "pread"].contains(call)))
      }
    }
  }
}
