import SharedArraysCore

/// Invalid arguments of reading and writing text files.
extension Misuse {
  static let tables = [
    Misuse("a digit between numbers", "\"1\" cannot separate numbers;") {
      use(try SharedArray<Int>.load(csv: "none.csv", separator: "1"))
    },
    Misuse("a letter between numbers", "\"e\" cannot separate numbers;") {
      use(try SharedArray<Double>.load(csv: "none.csv", separator: "e"))
    },
    Misuse("a point between numbers", "\".\" cannot separate numbers;") {
      try counted([3]).save(csv: "x", separator: ".")
    },
    Misuse("the end of a line between numbers", "\"\\r\\n\" cannot separate numbers;") {
      try counted([3]).save(csv: "x", separator: "\r\n")
    },
    Misuse("a separator of several bytes", "\"§\" cannot separate numbers;") {
      use(try SharedArray<Int>.load(csv: "none.csv", separator: "§"))
    },
    Misuse("a negative number of lines", "skippingLines must be at least 0, not -1.") {
      use(try SharedArray<Int>.load(csv: "none.csv", skippingLines: -1))
    },
    Misuse("a negative column", "Columns [0, -1] cannot be read;") {
      use(try SharedArray<Int>.load(csv: "none.csv", columns: [0, -1]))
    },
    Misuse("no column", "Columns [] cannot be read;") {
      use(try SharedArray<Int>.load(csv: "none.csv", columns: []))
    },
    Misuse("a table of three axes", "save(csv:separator:) needs an array of rank 1 or 2, not of shape") {
      try counted([2, 2, 2]).save(csv: "x")
    },
  ]
}
