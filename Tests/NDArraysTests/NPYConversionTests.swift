import NDArrays
import SharedMemory
import TestSupport
import Testing

@Suite(.enabled(if: pythonIsAvailable)) struct NPYConversionTests {
  private static let types = [
    "i1", "<i2", "<i4", "<i8", "u1", "<u2", "<u4", "<u8", "<f2", "<f4", "<f8", ">i2", ">i4", ">i8", ">u2",
    ">u4",
    ">u8", ">f2", ">f4", ">f8",
  ]

  @Test(arguments: ["C", "F"])
  func `a file of any real type and order is read as floating-point numbers`(order: String) throws {
    let program = """
      import sys, numpy
      for number, kind in enumerate(sys.argv[3].split()):
        x = numpy.arange(12).reshape(3, 4) - (0 if 'u' in kind else 6)
        numpy.save(f'{sys.argv[1]}/{number}.npy', x.astype(kind, order=sys.argv[2]))
      """
    try withTemporaryDirectory { directory in
      _ = try python(program, directory, order, Self.types.joined(separator: " "))
      for (number, type) in Self.types.enumerated() {
        let first = type.contains("u") ? 0 : -6
        func check<Element: SharedArrayElement & BinaryFloatingPoint>(_: Element.Type) throws {
          let array = try SharedArray<Element>.load(converting: "\(directory)/\(number).npy")
          #expect(array.shape == [3, 4])
          #expect(array.toArray() == (first..<first + 12).map { Element($0) }, "\(type)")
          #expect(array.isContiguous == (order == "C"))
        }
        try check(Double.self)
        try check(Float.self)
        try check(Float16.self)
      }
    }
  }

  @Test func `a file longer than a piece is converted whole`() throws {
    try withFile(">i4", "C", "numpy.arange(100_003)") { path in
      let array = try SharedArray<Double>.load(converting: path)
      #expect(array.toArray() == (0..<100_003).map(Double.init))
    }
  }

  @Test func `values are rounded to the nearest, as NumPy does`() throws {
    for type in ["<i8", "<u8", "<f8"] {
      let numbers = type == "<f8" ? "numpy.geomspace(1e-320, 1e300, 500)" : "numpy.geomspace(1, 9e18, 500)"
      try withFile(type, "C", "(\(numbers)).astype('\(type)')") { path in
        for (name, load) in [
          ("f4", { try SharedArray<Float>.load(converting: path).toArray().map { Double($0) } }),
          ("f2", { try SharedArray<Float16>.load(converting: path).toArray().map { Double($0) } }),
          ("f8", { try SharedArray<Double>.load(converting: path).toArray() }),
        ] as [(String, () throws -> [Double])] {
          let program = """
            import sys, numpy
            numpy.seterr(all='ignore')
            print(*numpy.load(sys.argv[1]).astype('\(name)').astype('f8').view('u8').tolist())
            """
          let bits = try python(program, path).split(separator: " ").compactMap { UInt64($0) }
          #expect(try load().map(\.bitPattern) == bits, "\(type) to \(name)")
        }
      }
    }
  }

  @Test(arguments: ["C", "F"])
  func `empty files and files of one element are converted, too`(order: String) throws {
    try withFile("<i2", order, "numpy.zeros((0, 3))") { path in
      let array = try SharedArray<Double>.load(converting: path)
      #expect(array.shape == [0, 3])
    }
    try withFile(">f4", order, "numpy.array(2.5)") { path in
      let array = try SharedArray<Double>.load(converting: path)
      #expect(array.scalar == 2.5)
    }
  }

  @Test(arguments: ["?", "<c8", "<c16"])
  func `what is no real number is not converted`(type: String) throws {
    try withFile(type, "C", "numpy.ones(3)") { path in
      let error = #expect(throws: NPYError.self) { try SharedArray<Double>.load(converting: path) }
      #expect(error?.code == .mismatch)
      #expect(error?.description.contains("which is not a real number") == true)
    }
  }

  @Test(arguments: [">f8", ">i4"])
  func `without conversion big-endian elements are unsupported`(type: String) throws {
    try withFile(type, "C", "numpy.ones(3)") { path in
      if type == ">f8" {
        #expect(fileCode { try SharedArray<Double>.load(path) } == .unsupported)
        #expect(fileCode { try SharedArray<Double>.map(file: path, access: .readOnly) } == .unsupported)
      } else {
        #expect(fileCode { try SharedArray<Int32>.load(path) } == .unsupported)
        #expect(fileCode { try SharedArray<Double>.load(path) } == .mismatch)
      }
    }
  }

  /// Runs `body` with a file that NumPy has written.
  private func withFile(
    _ type: String, _ order: String, _ numbers: String, _ body: (String) throws -> Void
  ) throws {
    try withTemporaryDirectory { directory in
      let program = """
        import sys, numpy
        numpy.save(sys.argv[1], numpy.asarray(\(numbers)).astype(sys.argv[2], order=sys.argv[3]))
        """
      _ = try python(program, directory + "/x.npy", type, order)
      try body(directory + "/x.npy")
    }
  }
}
