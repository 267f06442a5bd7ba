import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite(.needsNumPy) struct NPYConversionTests {
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
          ("f4", { try SharedArray<Float>.load(converting: path, .truncating).toArray().map { Double($0) } }),
          (
            "f2",
            { try SharedArray<Float16>.load(converting: path, .truncating).toArray().map { Double($0) } }
          ),
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

  @Test(arguments: ["C", "F"], ["<", ">"])
  func `a file of any type is converted to any type under every rule, as its array is`(
    order: String, byteOrder: String
  ) throws {
    try withTemporaryDirectory { directory in
      let program = """
        import sys, numpy
        for name in sys.argv[4].split():
          x = (numpy.arange(30).reshape(2, 3, 5) * 37 - (0 if name[0] == 'u' else 300))
          x = x.astype(numpy.dtype(name).newbyteorder(sys.argv[3]))
          if name[0] == 'c': x[0, 1, :3] += numpy.array([0.5, 1j, numpy.nan])
          if name[0] == 'f': x[0, 2, :3] = numpy.array([0.5, numpy.inf, numpy.nan])
          numpy.save(f'{sys.argv[1]}/{name}.npy', numpy.array(x, order=sys.argv[2]))
        """
      let names = allElementTypes.map { $0.elementType.name }.joined(separator: " ")
      _ = try python(program, directory, order, byteOrder, names)
      func check<Source: SharedArrayElement, Target: SharedArrayElement>(
        _: Source.Type, _: Target.Type
      ) throws {
        let path = "\(directory)/\(Source.elementType.name).npy"
        let source = try SharedArray<Source>.load(npy: path)
        for rule in ConversionRule.allCases {
          let expected = Result { try source.converted(to: Target.self, rule) }
          let found = Result { try SharedArray<Target>.load(converting: path, rule) }
          switch (expected, found) {
          case (.success(let expected), .success(let found)):
            #expect(found.shape == expected.shape)
            // Compared as text, in which all NaNs are equal.
            #expect("\(found.toArray())" == "\(expected.toArray())", "\(Source.self) to \(Target.self)")
          case (.failure, .failure(let error as NPYError)):
            #expect(error.code == .conversion)
          default: Issue.record("\(Source.self) to \(Target.self), \(rule): \(expected), \(found)")
          }
        }
      }
      for source in allElementTypes { for target in allElementTypes { try check(source, target) } }
    }
  }

  @Test(arguments: ["C", "F"])
  func `a value that cannot be converted is named with its indices`(order: String) throws {
    try withFile(">i4", order, "numpy.where(numpy.arange(200_000).reshape(2, -1) == 170_003, -5, 7)") {
      path in
      let error = try #require(throws: NPYError.self) { try SharedArray<UInt8>.load(converting: path) }
      #expect(error.code == .conversion)
      #expect(error.path == path)
      #expect(
        error.detail
          == "The element at [1, 70003] is -5, which uint8 cannot hold: it is out of range.")
      let array = try SharedArray<UInt8>.load(converting: path, .saturating)
      #expect(array[1, 70_003] == 0)
      #expect(array[1, 70_002] == 7)
    }
  }

  @Test func `complex files are converted to real numbers if no imaginary part is lost`() throws {
    try withFile("<c8", "C", "numpy.array([1, 2.5])") { path in
      let real = try SharedArray<Double>.load(converting: path)
      #expect(real.toArray() == [1, 2.5])
    }
    try withFile("<c16", "C", "numpy.array([1, 2.5+1j])") { path in
      #expect(fileCode { try SharedArray<Double>.load(converting: path) } == .conversion)
      let real = try SharedArray<Double>.load(converting: path, .truncating)
      #expect(real.toArray() == [1, 2.5])
    }
  }

  @Test func `a big-endian file cannot be mapped, and the error says what to do instead`() throws {
    try withFile(">f8", "C", "numpy.ones(3)") { path in
      let error = try #require(throws: NPYError.self) {
        try SharedArray<Double>.mapped(file: path, access: .readOnly)
      }
      #expect(error.code == .unsupported)
      #expect(error.description.contains("load it instead of mapping it"))
      #expect(fileCode { try SharedArray<Double>.mapped(file: path, access: .readWrite) } == .unsupported)
      #expect(try SharedArray<Double>.load(npy: path).toArray() == [1, 1, 1])
    }
    try withFile(">i4", "C", "numpy.ones(3)") { path in
      #expect(fileCode { try SharedArray<Double>.load(npy: path) } == .mismatch)
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
