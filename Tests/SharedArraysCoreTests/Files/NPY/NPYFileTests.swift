import Foundation
import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct NPYFileTests {
  @Test(arguments: elementTypes)
  func `a saved array is loaded with its shape and elements, whatever its strides`(type: NumberType) throws {
    func check<Element: SharedArrayElement & Numeric>(_ type: Element.Type, _ path: String) throws {
      for shape in shapesOfEveryRank + [[0], [3, 0], [0, 3]] {
        let array = try SharedArray<Element>(sampleNumbers(shape.reduce(1, *)), shape: shape)
        var views = [array, array.transposed()]
        if array.rank > 0 {
          views += [array[.stride(by: -1)], array[.stride(by: 2)], array.transposed()[.stride(by: -2)]]
        }
        for view in views {
          try view.save(path)
          let loaded = try SharedArray<Element>.load(npy: path)
          #expect(loaded.shape == view.shape)
          #expect(loaded.toArray() == view.toArray())
          #expect(loaded.isContiguous)
          #expect(try ReadOnlySharedArray(view).copy().toArray() == loaded.toArray())
        }
      }
    }
    try withTemporaryDirectory { try check(type, $0 + "/x.npy") }
  }

  /// Saves arrays larger than the pieces in which files are written, contiguous or not, with runs
  /// of various lengths.
  @Test(arguments: [[40_000], [3, 20_000], [20_000, 3], [2, 16_385], [17, 1001, 2]] as [Shape])
  func `a large array is saved whole`(shape: Shape) throws {
    try withTemporaryDirectory { directory in
      let array = try counted(shape, as: Int32.self)
      for view in [array, array.transposed(), array[.stride(by: -1)], array.slice(1..<shape[0])] {
        try view.save(directory + "/x.npy")
        #expect(try SharedArray<Int32>.load(npy: directory + "/x.npy").toArray() == view.toArray())
      }
    }
  }

  @Test(.needsNumPy, arguments: elementTypes)
  func `NumPy reads saved files, and NumPy's files are loaded, in either order`(type: NumberType) throws {
    func check<Element: SharedArrayElement & Numeric>(_ type: Element.Type, _ directory: String) throws {
      for (number, shape) in (shapesOfEveryRank + [[0, 3]]).enumerated() {
        let array = try SharedArray<Element>(sampleNumbers(shape.reduce(1, *)), shape: shape)
        try array.save("\(directory)/\(number).npy")
      }
      let program = """
        import sys, numpy
        for number in range(10):
          x = numpy.load(f'{sys.argv[1]}/{number}.npy')
          assert x.dtype == numpy.dtype(sys.argv[2]) and x.flags.c_contiguous
          numpy.save(f'{sys.argv[1]}/{number}-c.npy', x)
          numpy.save(f'{sys.argv[1]}/{number}-f.npy', numpy.array(x, order='F'))
        """
      _ = try python(program, directory, Element.elementType.descriptor)
      for (number, shape) in (shapesOfEveryRank + [[0, 3]]).enumerated() {
        for order in ["c", "f"] {
          let loaded = try SharedArray<Element>.load(npy: "\(directory)/\(number)-\(order).npy")
          #expect(loaded.shape == shape)
          #expect(loaded.toArray() == sampleNumbers(loaded.count))
        }
        // NumPy writes a file with the same bytes.
        let bytes = ["", "-c"].map { FileManager.default.contents(atPath: "\(directory)/\(number)\($0).npy") }
        #expect(bytes[0] == bytes[1], "shape \(shape)")
      }
    }
    try withTemporaryDirectory { try check(type, $0) }
  }

  @Test(.needsNumPy)
  func `a file in Fortran order gives a transposed view`() throws {
    try withTemporaryDirectory { directory in
      let program = """
        import sys, numpy
        numpy.save(sys.argv[1], numpy.asfortranarray(numpy.arange(24.0).reshape(2, 3, 4)))
        """
      _ = try python(program, directory + "/x.npy")
      let array = try SharedArray<Double>.load(npy: directory + "/x.npy")
      #expect(array.shape == [2, 3, 4])
      #expect(array.strides == [1, 2, 6])
      #expect(array.transposed().isContiguous)
      #expect(array.toArray() == (0..<24).map(Double.init))
    }
  }

  /// Loads files that NumPy has written in every version of the format, order of axes and order of
  /// bytes.
  @Test(.needsNumPy, arguments: ["1", "2", "3"])
  func `files of every version, type, order and byte order are loaded`(version: String) throws {
    try withTemporaryDirectory { directory in
      let program = """
        import sys, numpy
        for name in sys.argv[3].split():
          for number, shape in enumerate([(), (0,), (3, 0, 2), (5,), (2, 3, 4), (1, 300, 7)]):
            for order in 'CF':
              for mark in '<>':
                x = numpy.arange(1, numpy.prod(shape) + 1).reshape(shape) % 101
                if name == 'bool': x = x % 3 > 0
                if name[0] == 'c': x = x + 1j * (x + 0.5)
                x = numpy.array(x, numpy.dtype(name).newbyteorder(mark), order=order)
                with open(f'{sys.argv[1]}/{name}-{number}-{order}{mark}.npy', 'wb') as file:
                  numpy.lib.format.write_array(file, x, version=(int(sys.argv[2]), 0))
        """
      let names = allElementTypes.map { $0.elementType.name }.joined(separator: " ")
      _ = try python(program, directory, version, names)
      func check<Element: SharedArrayElement>(_: Element.Type) throws {
        let shapes: [Shape] = [[], [0], [3, 0, 2], [5], [2, 3, 4], [1, 300, 7]]
        for (number, shape) in shapes.enumerated() {
          let numbers = (0..<shape.reduce(1, *)).map { ($0 + 1) % 101 }
          for order in ["C<", "C>", "F<", "F>"] {
            let path = "\(directory)/\(Element.elementType.name)-\(number)-\(order).npy"
            let array = try SharedArray<Element>.load(npy: path)
            #expect(array.shape == shape)
            // Compared as text, which all element types support.
            let expected = numbers.map { number in
              switch Element.elementType {
              case .bool: number % 3 > 0 ? "true" : "false"
              case .complex64, .complex128: "(\(Double(number)), \(Double(number) + 0.5))"
              case .float16, .float32, .float64: "\(Double(number))"
              default: "\(number)"
              }
            }
            #expect(array.toArray().map { "\($0)" } == expected, "\(path)")
          }
        }
      }
      for type in allElementTypes { try check(type) }
    }
  }

  @Test(.needsNumPy)
  func `NumPy reads saved arrays of every type, contiguous or not`() throws {
    try withTemporaryDirectory { directory in
      func save<Element: SharedArrayElement>(_: Element.Type) throws {
        let name = Element.elementType.name
        let counts = try counted([3, 4, 5], as: UInt8.self)
        let array = try counts.converted(to: Element.self, .truncating)
        try array.save("\(directory)/\(name)-0.npy")
        try array.transposed().save("\(directory)/\(name)-1.npy")
        try array[.stride(by: -1), .stride(by: 2)].save("\(directory)/\(name)-2.npy")
        try array[1, 2, 3].save("\(directory)/\(name)-3.npy")
        try array[0..<0].save("\(directory)/\(name)-4.npy")
      }
      for type in allElementTypes { try save(type) }
      let program = """
        import sys, numpy
        for name in sys.argv[2].split():
          x = numpy.arange(60).astype(name).reshape(3, 4, 5)
          for number, y in enumerate([x, x.T, x[::-1, ::2], x[1, 2, 3], x[:0]]):
            z = numpy.load(f'{sys.argv[1]}/{name}-{number}.npy')
            assert z.dtype == x.dtype and z.shape == y.shape and (z == y).all(), (name, number)
        """
      _ = try python(program, directory, allElementTypes.map { $0.elementType.name }.joined(separator: " "))
    }
  }

  @Test func `any byte but 0 in a Boolean file is true`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      try SharedArray<UInt8>([0, 1, 2, 255, 0, 128]).save(path)
      var bytes = try Data(contentsOf: URL(filePath: path))
      let kind = try #require(bytes.range(of: Data("|u1".utf8)))
      bytes.replaceSubrange(kind, with: Data("|b1".utf8))
      try bytes.write(to: URL(filePath: path))
      let array = try SharedArray<Bool>.load(npy: path)
      #expect(array.toArray() == [false, true, true, true, false, true])
      let numbers = try SharedArray<Int16>.load(converting: path)
      #expect(numbers.toArray() == [0, 1, 1, 1, 0, 1])
      try array.save(path)
      #expect(try Data(contentsOf: URL(filePath: path)).suffix(6) == Data([0, 1, 1, 1, 0, 1]))
    }
  }

  @Test func `special numbers keep their bits in a file`() throws {
    let numbers = [Double.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude, .signalingNaN, .pi]
    try withTemporaryDirectory { directory in
      try SharedArray(numbers).save(directory + "/x.npy")
      let loaded = try SharedArray<Double>.load(npy: directory + "/x.npy").toArray()
      #expect(loaded.map(\.bitPattern) == numbers.map(\.bitPattern))
      try SharedArray(numbers)[.stride(by: 2)].save(directory + "/x.npy")
      let some = try SharedArray<Double>.load(npy: directory + "/x.npy").toArray()
      #expect(some.map(\.bitPattern) == [numbers[0], numbers[2], numbers[4], numbers[6]].map(\.bitPattern))
    }
  }

  @Test func `a loaded array is unnamed and can be written`() throws {
    try withTemporaryDirectory { directory in
      try counted([5]).save(directory + "/x.npy")
      let array = try SharedArray<Int>.load(npy: directory + "/x.npy")
      #expect(array.name == nil)
      array[2] = 100
      #expect(try SharedArray<Int>.load(npy: directory + "/x.npy")[2] == 2)
    }
  }

  @Test func `saving replaces a file of the same name and leaves no other file`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x y ü.npy"
      try counted([100_000]).save(path)
      try counted([3]).save(path)
      #expect(try SharedArray<Int>.load(npy: path).toArray() == [0, 1, 2])
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["x y ü.npy"])
    }
  }

  @Test func `a mapped file can be saved over itself`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      try counted([2, 3]).save(path)
      let mapped = try SharedArray<Int>.mapped(file: path, access: .readWrite)
      try mapped.transposed().save(path)
      #expect(try SharedArray<Int>.load(npy: path).toArray() == [0, 3, 1, 4, 2, 5])
      #expect(mapped.toArray() == Array(0..<6))
    }
  }

  @Test func `a named array is itself a file that can be loaded and mapped`() throws {
    let array = try SharedArray<Int16>.create(.generated, shape: [2, 2])
    array.fill(6)
    let path = "/dev/shm/" + (try #require(array.name))
    #expect(try SharedArray<Int16>.load(npy: path).toArray() == [6, 6, 6, 6])
    let mapped = try SharedArray<Int16>.mapped(file: path, access: .readWrite)
    mapped[1, 0] = 1
    #expect(array[1, 0] == 1)
  }
}
