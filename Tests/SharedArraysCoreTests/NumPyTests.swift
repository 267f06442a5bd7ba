import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

/// Tests that NumPy can map a named array in place, as a `.npy` file.
@Suite(.needsNumPy) struct NumPyTests {
  @Test func `NumPy sees and changes the elements of a shared array`() throws {
    let array = try counted([3, 4], as: Double.self)
    let shared = try SharedArray<Double>.create(.generated, shape: [3, 4])
    try shared.update(from: array)
    let program = """
      import sys, numpy
      x = numpy.load('/dev/shm/' + sys.argv[1], mmap_mode='r+')
      print(x.dtype.str, x.shape, x.flags.c_contiguous, x.tolist())
      x[1, 2] = -1.5
      x[:, 0] += 100
      """
    let output = try python(program, #require(shared.name))
    #expect(
      output == "<f8 (3, 4) True [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]")
    #expect(shared.toArray() == [100, 1, 2, 3, 104, 5, -1.5, 7, 108, 9, 10, 11])
  }

  @Test func `a Python process that mapped an array leaves the array and its name at exit`() throws {
    let shared = try SharedArray<Int>.create(.generated, shape: [10])
    let name = try #require(shared.name)
    _ = try python("import sys, numpy; numpy.load('/dev/shm/' + sys.argv[1], mmap_mode='r+')[:] = 3", name)
    #expect(try SharedArray<Int>.attach(name).sum() == 30)
    #expect(sharedMemoryNames().contains(name))
    withExtendedLifetime(shared) {}
  }

  @Test(arguments: elementTypes)
  func `NumPy reads the type, the shape and the elements`(type: NumberType) throws {
    func check<Element: SharedArrayElement & Numeric>(_ type: Element.Type) throws {
      var arrays: [SharedArray<Element>] = []
      for shape in shapesOfEveryRank + [[0], [2, 0, 3]] {
        let array = try SharedArray<Element>.create(.generated, shape: shape)
        try array.update(from: SharedArray(sampleNumbers(array.count), shape: shape))
        arrays.append(array)
      }
      let program = """
        import sys, numpy
        for name in sys.argv[1].split():
          x = numpy.load('/dev/shm/' + name)
          print(x.dtype.str, list(x.shape), [int(n) for n in x.ravel()])
        """
      let output = try python(program, arrays.compactMap(\.name).joined(separator: " "))
      let expected = arrays.map { array in
        let numbers: [Int] = sampleNumbers(array.count)
        return "\(Element.elementType.descriptor) \(array.shape) \(numbers)"
      }
      #expect(output.split(separator: "\n").map(String.init) == expected)
    }
    try check(type)
  }

  @Test func `views of a mapped array have the same strides in NumPy`() throws {
    let shared = try SharedArray<Int32>.create(.generated, shape: [4, 5, 6])
    for place in indices(of: [4, 5, 6]) {
      shared.setElement(at: place, to: Int32(place[0] * 100 + place[1] * 10 + place[2]))
    }
    let program = """
      import sys, numpy
      x = numpy.load('/dev/shm/' + sys.argv[1], mmap_mode='r')
      for view in (x[1:3, ::-2], x[::-1, 2, 1:].T, x.transpose(2, 0, 1)[::4]):
        print([s // 4 for s in view.strides], view.ravel().tolist())
      """
    let views = [
      shared[1..<3, .stride(by: -2)], shared[.stride(by: -1), 2, 1...].transposed(),
      shared.transposed([2, 0, 1])[.stride(by: 4)],
    ]
    let expected = views.map { "\($0.strides) \($0.toArray())" }.joined(separator: "\n")
    #expect(try python(program, #require(shared.name)) == expected)
  }
}
