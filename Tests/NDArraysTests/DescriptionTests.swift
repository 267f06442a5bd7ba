import NDArrays
import Testing

@Suite struct DescriptionTests {
  @Test func `an array without axes is its element`() throws {
    #expect(try SharedArray([2.5], shape: []).description == "2.5")
    #expect(try SharedArray([-7], shape: []).description == "-7")
  }

  @Test func `a row stands in brackets, its columns are as wide as the widest`() throws {
    #expect(try SharedArray([1, 2, 3]).description == "[1, 2, 3]")
    #expect(try SharedArray([1, -20, 300]).description == "[  1, -20, 300]")
    #expect(try SharedArray([0.5, .nan, -.infinity]).description == "[ 0.5,  nan, -inf]")
    #expect(try SharedArray([1e100, 1] as [Double]).description == "[1e+100,    1.0]")
    #expect(try SharedArray([255, 0] as [UInt8]).description == "[255,   0]")
  }

  @Test func `a matrix has a line for each row`() throws {
    #expect(
      try counted([2, 3]).description == """
        [[0, 1, 2],
         [3, 4, 5]]
        """)
    #expect(
      try counted([3, 4])[.every(-1), ..<3].transposed().description == """
        [[ 8,  4,  0],
         [ 9,  5,  1],
         [10,  6,  2]]
        """)
    #expect(
      try SharedArray([1, 10], shape: [2, 1]).description == """
        [[ 1],
         [10]]
        """)
  }

  @Test func `matrices of an array are separated by an empty line`() throws {
    #expect(
      try counted([2, 2, 2]).description == """
        [[[0, 1],
          [2, 3]],

         [[4, 5],
          [6, 7]]]
        """)
    #expect(try counted([1, 1, 1, 1]).description == "[[[[0]]]]")
  }

  @Test(arguments: [[0], [3, 0], [0, 3], [2, 0, 1 << 40], [1 << 40, 0]] as [Shape])
  func `an array without elements is a pair of brackets`(shape: Shape) throws {
    #expect(try SharedArray<Float>(shape: shape).description == "[]")
  }

  @Test func `a thousand elements are shown, more are shortened to the first and last three of an axis`()
    throws
  {
    let thousand = try counted([1000]).description
    #expect(thousand.split(separator: ",").count == 1000)
    #expect(try counted([1001]).description == "[   0,    1,    2, ...,  998,  999, 1000]")
    #expect(try counted([3, 400])[.every(2)].description.split(separator: ",").count == 800)
    #expect(
      try counted([100, 100]).description == """
        [[   0,    1,    2, ...,   97,   98,   99],
         [ 100,  101,  102, ...,  197,  198,  199],
         [ 200,  201,  202, ...,  297,  298,  299],
         ...,
         [9700, 9701, 9702, ..., 9797, 9798, 9799],
         [9800, 9801, 9802, ..., 9897, 9898, 9899],
         [9900, 9901, 9902, ..., 9997, 9998, 9999]]
        """)
    #expect(
      try counted([2, 1000]).description == """
        [[   0,    1,    2, ...,  997,  998,  999],
         [1000, 1001, 1002, ..., 1997, 1998, 1999]]
        """)
    #expect(
      try counted([400, 3]).description == """
        [[   0,    1,    2],
         [   3,    4,    5],
         [   6,    7,    8],
         ...,
         [1191, 1192, 1193],
         [1194, 1195, 1196],
         [1197, 1198, 1199]]
        """)
  }

  @Test func `the hidden elements do not widen the columns`() throws {
    let array = try SharedArray<Int>(shape: [5000])
    array[2500] = 123_456_789
    #expect(array.description == "[0, 0, 0, ..., 0, 0, 0]")
    array[4999] = -1
    #expect(array.description == "[ 0,  0,  0, ...,  0,  0, -1]")
  }

  @Test func `a shortened cube has an empty line around the gap`() throws {
    let text = try counted([10, 10, 11]).description
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "[[[   0,    1,    2, ...,    8,    9,   10],")
    #expect(lines[3] == "  ...,")
    #expect(lines.filter { $0 == " ...," }.count == 1)
    #expect(lines.last == "  [1089, 1090, 1091, ..., 1097, 1098, 1099]]]")
  }

  @Test func `a read-only array and a view have descriptions of their own`() throws {
    let array = try counted([2, 3])
    #expect("\(ReadOnlySharedArray(array)[1, .all])" == "[3, 4, 5]")
    #expect("\(array[.all, 1])" == "[1, 4]")
  }

  @Test func `shapes and element types have short names`() throws {
    #expect("\(try counted([2, 3]).shape)" == "[2, 3]")
    #expect("\(Float16.elementType)" == "float16")
    #expect("\([] as Shape)" == "[]")
  }
}
