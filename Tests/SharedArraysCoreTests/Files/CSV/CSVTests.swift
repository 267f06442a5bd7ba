import Foundation
import SharedArraysCore
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: `strtod` and `strtof` get a temporary C string that exists until the call returns, and no
// pointer for the end of the number.

/// Tests of arrays loaded from text files of numbers.
@Suite struct CSVTests {
  @Test(arguments: [
    "1,2\n3,4\n", "1,2\n3,4", "1,2\r\n3,4\r\n", "1,2\r\n3,4\r", "1,2\r3,4", "\u{FEFF}1,2\n3,4\n",
    "\n\n1,2\n \t \n3,4\n\n", " 1 ,\t2\t\n  3,4  ", "\"1\",\"2\"\n \" 3 \" ,4\n", "+1,2.\n3e0,.4E+1\n",
    "01,2\n3,400e-2\n", "1.,0.02e2\r\n\r\n3.0,4\r\n\r\n",
  ])
  func `the elements do not depend on the form of lines and numbers`(text: String) throws {
    let array = try loaded(text, as: Double.self)
    #expect(array.shape == [2, 2])
    #expect(array.toArray() == [1, 2, 3, 4])
  }

  @Test(arguments: [";", "\t", "|", ":", " ", "_", "'"] as [Character])
  func `any separator can be used between the numbers`(separator: Character) throws {
    let text = "1,2,3\n4,5,6\n".replacingOccurrences(of: ",", with: String(separator))
    let array = try loaded(text, as: Int.self, separator: separator)
    #expect(array.shape == [2, 3])
    #expect(array.toArray() == [1, 2, 3, 4, 5, 6])
  }

  @Test func `a space as the separator matches any number of spaces and tabs`() throws {
    let array = try loaded("  1\t 2   3\n\t4 5\t\t6 \t\n   \n7 8 \"9\"", as: Int.self, separator: " ")
    #expect(array.toArray() == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(array.shape == [3, 3])
  }

  @Test func `numbers that are not finite are read in either case, and zeros keep their sign`() throws {
    let text = "nan,NaN,-nan,inf\nInf,-inf,+Infinity,-INFINITY\n0,-0,-0.0e5,+0\n"
    let array = try loaded(text, as: Float.self)
    #expect(array[0, ..<3].toArray().allSatisfy { $0.isNaN })
    #expect(array[0, 3] == .infinity)
    #expect(array[1, .all].toArray() == [.infinity, -.infinity, .infinity, -.infinity])
    #expect(array[2, .all].toArray().map(\.sign) == [.plus, .minus, .minus, .plus])
  }

  @Test func `integers are read exactly up to the ends of their types`() throws {
    let signed = try loaded("-9223372036854775808,9223372036854775807,-0\n", as: Int64.self)
    #expect(signed.toArray() == [.min, .max, 0])
    let text = "18446744073709551615,9007199254740993,-0,+000000000000000000000000000000012\n"
    #expect(try loaded(text, as: UInt64.self).toArray() == [.max, 9_007_199_254_740_993, 0, 12])
    #expect(try loaded("-128,127", as: Int8.self).toArray() == [-128, 127])
    #expect(try loaded("0,65535", as: UInt16.self).toArray() == [0, 65535])
  }

  @Test func `truth values are words or digits`() throws {
    let array = try loaded("true,False,TRUE\n1,0,+1", as: Bool.self)
    #expect(array.toArray() == [true, false, true, true, false, true])
  }

  @Test(arguments: [
    "0.1", "1e23", "9007199254740993", "2.2250738585072011e-308", "4.9e-324", "2e-324",
    "1.7976931348623158e308",
    "123456789012345678901234567890e-25", "0.30000000000000004", "1e22", "1e-22", "8.5e-300",
    "0.000000000000000000000000000000000000000000000000000000000000000000000000000001234567890123456789e78",
    "1e-99999999999999999999", "0e99999999999999999999", "179769313486231570000000000e282",
  ])
  func `real numbers are rounded to the nearest`(text: String) throws {
    let expected = unsafe (strtod(text, nil), strtof(text, nil))
    #expect(try loaded(text, as: Double.self)[0, 0].bitPattern == expected.0.bitPattern)
    guard expected.1.isFinite else { return }
    #expect(try loaded(text, as: Float.self)[0, 0].bitPattern == expected.1.bitPattern)
  }

  @Test func `a real number that lies halfway is rounded once`() throws {
    // Rounded to Double first, the number would lie halfway between two Floats and be rounded to
    // the even one.
    #expect(try loaded("16777217.0000000001", as: Float.self).toArray() == [16_777_218])
  }

  @Test func `skipped lines can contain any text`() throws {
    #expect(
      try loaded("a \"quote,\r\n\r\nname, other\n1,2\n", as: Int.self, skippingLines: 3).toArray() == [1, 2])
    #expect(try loaded("\u{FEFF}x,y\n1,2\n", as: Int.self, skippingLines: 1).toArray() == [1, 2])
  }

  @Test func `columns are chosen in any order, and other columns can contain any text`() throws {
    let text = "1,text,2,\"a \"\"quoted\"\" text,\n of two lines\",5.5\n3,\"\",4,x\"y\",-6\n"
    let array = try loaded(text, as: Double.self, columns: [4, 0, 2, 0])
    #expect(array.shape == [2, 4])
    #expect(array.toArray() == [5.5, 1, 2, 1, -6, 3, 4, 3])
  }

  @Test func `an empty field becomes the value given as missing`() throws {
    let text = "1,,3\n,\"\", \n 4 ,5,\n"
    #expect(try loaded(text, as: Int16.self, missing: -9).toArray() == [1, -9, 3, -9, -9, -9, 4, 5, -9])
    let reals = try loaded(text, as: Double.self, missing: .nan)
    #expect(reals.toArray().map(\.isNaN) == [false, true, false, true, true, true, false, false, true])
    #expect(try loaded(text, as: Int.self, columns: [0], missing: 0).toArray() == [1, 0, 4])
  }

  // MARK: - Size

  /// The file is read in pieces of 262,144 bytes.
  @Test func `a piece may end at any character of a line`() throws {
    let line = " \"1.5\", -20 ,\"a\r\n\"\"b\",3e0\r\n"
    for shift in 0..<line.utf8.count {
      let skipped = String(repeating: "x", count: 262_144 - 10 * line.utf8.count + shift)
      let text = skipped + "\r\n" + String(repeating: line, count: 20)
      let array = try loaded(text, as: Float.self, skippingLines: 1, columns: [0, 1, 3])
      #expect(array.shape == [20, 3], "\(shift)")
      #expect(try array.sum(axes: [0]).toArray() == [30, -400, 60], "\(shift)")
    }
  }

  @Test func `lines, spaces and fields can be longer than the piece in memory`() throws {
    let many = String(repeating: "12,", count: 100_000) + "13"
    let array = try loaded(many + "\n" + many, as: Int8.self)
    #expect(array.shape == [2, 100_001])
    #expect(array.sum() == 2 * (100_000 * 12 + 13))
    let spaces = String(repeating: " \t", count: 140_000)
    for separator in [",", " "] as [Character] {
      let text = "\(spaces)1\(separator)\(spaces)2\n\(spaces)\n3\(separator)4"
      #expect(try loaded(text, as: Int.self, separator: separator).toArray() == [1, 2, 3, 4])
    }
    let quoted = String(repeating: "long\r\n\"\"", count: 35_000)
    let plain = String(repeating: "x", count: 300_000)
    #expect(
      try loaded("1,\"\(quoted)\",2\n3,\(plain),4\n", as: Int.self, columns: [0, 2]).toArray() == [
        1, 2, 3, 4,
      ])
  }

  @Test func `a number of many digits is read`() throws {
    let zeros = String(repeating: "0", count: 60_000)
    #expect(try loaded("0.\(zeros)5e60001,1\(zeros)e-60000", as: Double.self).toArray() == [5, 1])
  }

  // MARK: - Saving

  @Test func `saved numbers are read back unchanged`() throws {
    let numbers = [
      0.1, -0.0, 1e300, .leastNonzeroMagnitude, .nan, .infinity, -.infinity, 1 / 3, 9_007_199_254_740_992,
      1e16,
    ]
    for separator in [",", ";", " ", "\t"] as [Character] {
      try withText("") { path in
        let array = try SharedArray(numbers, shape: [5, 2])
        try array.save(csv: path, separator: separator)
        let back = try SharedArray<Double>.load(csv: path, separator: separator)
        #expect(back.shape == [5, 2])
        #expect(back.toArray().map(\.description) == numbers.map(\.description))
        try array.transposed()[.stride(by: -1)].save(csv: path, separator: separator)
        #expect(
          try SharedArray<Double>.load(csv: path, separator: separator).toArray().map(\.description)
            == array.transposed()[.stride(by: -1)].toArray().map(\.description))
      }
    }
  }

  @Test func `a saved file has a line for each row, or for each element of a row`() throws {
    try withText("") { path in
      func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
      try SharedArray([1, -2, 3] as [Int8]).save(csv: path)
      #expect(try text() == "1\n-2\n3\n")
      try SharedArray([true, false, true, true], shape: [2, 2]).save(csv: path)
      #expect(try text() == "1,0\n1,1\n")
      try SharedArray([0.5, 1, -Float.nan, 1e-7], shape: [2, 2]).save(csv: path, separator: ";")
      #expect(try text() == "0.5;1.0\nnan;1e-07\n")
      try SharedArray([1, 65504] as [Float16], shape: [1, 2]).save(csv: path)
      #expect(try text() == "1.0,65504.0\n")
      for shape in [[0], [0, 3], [3, 0]] as [Shape] {
        try SharedArray<Int>(shape: shape).save(csv: path)
        #expect(try text() == "")
      }
    }
  }

  @Test func `saving replaces a whole file or throws an error with the cause`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.csv"
      try counted([100_000, 3]).save(csv: path)
      try counted([2]).save(csv: path)
      #expect(try SharedArray<Int>.load(csv: path).toArray() == [0, 1])
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x.csv"])
      let error = csvError { try counted([2]).save(csv: directory + "/none/x.csv") }
      #expect(error?.code == .system)
      #expect(error?.underlying?.code == 2)
      #expect(csvError { try counted([2]).save(csv: "a\0b") }?.code == .system)
    }
  }
}

/// Writes a text to a file and returns the array loaded from it.
func loaded<Element: OrderedElement>(
  _ text: String, as type: Element.Type, separator: Character = ",", skippingLines: Int = 0,
  columns: [Int]? = nil, missing: Element? = nil
) throws -> SharedArray<Element> {
  try withText(text) { path in
    try SharedArray<Element>.load(
      csv: path, separator: separator, skippingLines: skippingLines, columns: columns, missing: missing)
  }
}

/// Runs `body` with the path of a file that contains a text.
func withText<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
  try withTemporaryDirectory { directory in
    let path = directory + "/x.csv"
    try Data(text.utf8).write(to: URL(filePath: path))
    return try body(path)
  }
}
