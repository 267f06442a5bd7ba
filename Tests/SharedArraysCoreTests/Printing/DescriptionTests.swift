import ComplexModule
import SharedArraysCore
import Testing

/// The expected texts are those of NumPy 2.4. The words for Booleans differ intentionally.
@Suite struct DescriptionTests {
  @Test func `an array without axes is printed as its element with all digits`() throws {
    #expect(try SharedArray([2.5], shape: []).description == "2.5")
    #expect(try SharedArray([1.0], shape: []).description == "1.0")
    #expect(try SharedArray([-7], shape: []).description == "-7")
    #expect(try SharedArray([true], shape: []).description == "true")
    #expect(try SharedArray([0.1 + 0.2], shape: []).description == "0.30000000000000004")
    #expect(try SharedArray([1e16], shape: []).description == "1e+16")
    #expect(try SharedArray([-1.5e-7], shape: []).description == "-1.5e-07")
    #expect(try SharedArray([1e6 as Float], shape: []).description == "1e+06")
    #expect(try SharedArray([65504 as Float16], shape: []).description == "6.55e+04")
    #expect(try SharedArray([-Double.nan], shape: []).description == "nan")
  }

  @Test(
    arguments: [
      (Complex(0, 1), "1j"), (Complex(1, 2), "(1+2j)"), (Complex(-0.0, -0.0), "(-0-0j)"),
      (Complex(0, -0.0), "-0j"), (Complex(1e20, 1e-7), "(1e+20+1e-07j)"), (Complex(0.5, -2.5), "(0.5-2.5j)"),
      (Complex(.nan, -.infinity), "(nan-infj)"), (Complex(0, .nan), "nanj"), (Complex(1, .nan), "(1+nanj)"),
    ] as [(Complex<Double>, String)])
  func `a complex number without axes is written as in Python`(number: Complex<Double>, text: String) throws {
    #expect(try SharedArray([number], shape: []).description == text)
  }

  @Test(
    arguments: [
      ([0.5, .nan, -.infinity], "[ 0.5  nan -inf]"), ([1e100, 1], "[1.e+100 1.e+000]"),
      ([1, 2, 3], "[1. 2. 3.]"), ([1 / 3, 2 / 3, 1], "[0.33333333 0.66666667 1.        ]"),
      ([1e8, 1], "[1.e+08 1.e+00]"), ([99_999_999, 1e6], "[99999999.  1000000.]"),
      ([1e-4, 0.0999], "[0.0001 0.0999]"), ([1e-5, 1], "[1.e-05 1.e+00]"),
      ([1, 1001], "[1.000e+00 1.001e+03]"),
      ([.nan, .nan], "[nan nan]"), ([.infinity, -.infinity], "[ inf -inf]"), ([0, -0.0], "[ 0. -0.]"),
      ([1.5e-5, -2, .nan], "[ 1.5e-05 -2.0e+00      nan]"),
      ([123456.789, 0.5], "[1.23456789e+05 5.00000000e-01]"), ([0.1, 0.1 + 0.2], "[0.1 0.3]"),
      ([-1.5, 2.25, 1e6], "[-1.50e+00  2.25e+00  1.00e+06]"),
    ] as [([Double], String)])
  func `real numbers of a row have their points below each other`(numbers: [Double], text: String) throws {
    #expect(try SharedArray(numbers).description == text)
  }

  @Test func `smaller types have their own shortest digits, and exponents earlier`() throws {
    #expect(try SharedArray([1 / 3, 100.5] as [Float]).description == "[  0.33333334 100.5       ]")
    #expect(try SharedArray([1 / 3, 100.5] as [Float16]).description == "[  0.3333 100.5   ]")
    #expect(try SharedArray([999_999] as [Float]).description == "[999999.]")
    #expect(try SharedArray([1e6] as [Float]).description == "[1.e+06]")
    #expect(try SharedArray([999.5, 1] as [Float16]).description == "[999.5   1. ]")
    #expect(try SharedArray([1000, 65504] as [Float16]).description == "[1.00e+03 6.55e+04]")
  }

  @Test(
    arguments: [
      ([Complex(1, 2), Complex(-0.5, -1e3)], "[ 1.    +2.j -0.5-1000.j]"),
      ([Complex(1.25, 0.5), Complex(10, -100)], "[ 1.25  +0.5j 10.  -100.j ]"),
      ([Complex(0, 1e-5), Complex(3, 0)], "[0.+1.e-05j 3.+0.e+00j]"),
      ([Complex(.nan, 1), Complex(-.infinity, -.infinity)], "[ nan +1.j -inf-infj]"),
    ] as [([Complex<Double>], String)])
  func `complex numbers are two columns`(numbers: [Complex<Double>], text: String) throws {
    #expect(try SharedArray(numbers).description == text)
  }

  @Test func `integers and truth values are aligned right`() throws {
    #expect(try SharedArray([1, 2, 3]).description == "[1 2 3]")
    #expect(try SharedArray([1, -20, 300]).description == "[  1 -20 300]")
    #expect(try SharedArray([255, 0] as [UInt8]).description == "[255   0]")
    #expect(
      try SharedArray([.min, 0] as [Int64]).description == "[-9223372036854775808                    0]")
    #expect(try SharedArray([false, true]).description == "[false  true]")
    #expect(try SharedArray([true]).description == "[ true]")
  }

  @Test func `a matrix has a line for each row`() throws {
    #expect(
      try counted([2, 3]).description == """
        [[0 1 2]
         [3 4 5]]
        """)
    #expect(
      try counted([3, 4])[.stride(by: -1), ..<3].transposed().description == """
        [[ 8  4  0]
         [ 9  5  1]
         [10  6  2]]
        """)
    #expect(
      try SharedArray([1, 10], shape: [2, 1]).description == """
        [[ 1]
         [10]]
        """)
  }

  @Test func `matrices of an array are separated by an empty line`() throws {
    #expect(
      try counted([2, 2, 2]).description == """
        [[[0 1]
          [2 3]]

         [[4 5]
          [6 7]]]
        """)
    #expect(try counted([1, 1, 1, 1]).description == "[[[[0]]]]")
  }

  @Test(arguments: [[0], [3, 0], [0, 3], [2, 0, 1 << 40], [1 << 40, 0]] as [Shape])
  func `an array without elements is a pair of brackets`(shape: Shape) throws {
    #expect(try SharedArray<Float>(shape: shape).description == "[]")
  }

  @Test func `a row of more than 75 characters takes several lines`() throws {
    #expect(
      try SharedArray((0..<30).map { Double($0 * 11) / 10 }).description == """
        [ 0.   1.1  2.2  3.3  4.4  5.5  6.6  7.7  8.8  9.9 11.  12.1 13.2 14.3
         15.4 16.5 17.6 18.7 19.8 20.9 22.  23.1 24.2 25.3 26.4 27.5 28.6 29.7
         30.8 31.9]
        """)
    #expect(
      try SharedArray((0..<60).map { $0 * 111 }, shape: [2, 30])[.all, ..<20].description == """
        [[   0  111  222  333  444  555  666  777  888  999 1110 1221 1332 1443
          1554 1665 1776 1887 1998 2109]
         [3330 3441 3552 3663 3774 3885 3996 4107 4218 4329 4440 4551 4662 4773
          4884 4995 5106 5217 5328 5439]]
        """)
  }

  @Test func `up to 1000 elements are shown, and more are shortened to the ends of their axes`() throws {
    let thousand = try counted([1000]).description
    #expect(thousand.split { !$0.isNumber }.count == 1000)
    #expect(try counted([1001]).description == "[   0    1    2 ...  998  999 1000]")
    #expect(try counted([3, 400])[.stride(by: 2)].description.split { !$0.isNumber }.count == 800)
    #expect(
      try counted([100, 100]).description == """
        [[   0    1    2 ...   97   98   99]
         [ 100  101  102 ...  197  198  199]
         [ 200  201  202 ...  297  298  299]
         ...
         [9700 9701 9702 ... 9797 9798 9799]
         [9800 9801 9802 ... 9897 9898 9899]
         [9900 9901 9902 ... 9997 9998 9999]]
        """)
    #expect(
      try counted([2, 1000]).description == """
        [[   0    1    2 ...  997  998  999]
         [1000 1001 1002 ... 1997 1998 1999]]
        """)
    #expect(
      try counted([400, 3]).description == """
        [[   0    1    2]
         [   3    4    5]
         [   6    7    8]
         ...
         [1191 1192 1193]
         [1194 1195 1196]
         [1197 1198 1199]]
        """)
  }

  @Test func `the hidden elements do not widen the columns`() throws {
    let array = try SharedArray<Int>(shape: [5000])
    array[2500] = 123_456_789
    #expect(array.description == "[0 0 0 ... 0 0 0]")
    array[4999] = -1
    #expect(array.description == "[ 0  0  0 ...  0  0 -1]")
  }

  @Test func `a shortened cube has an empty line around the gap`() throws {
    let text = try counted([10, 10, 11]).description
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "[[[   0    1    2 ...    8    9   10]")
    #expect(lines[3] == "  ...")
    #expect(lines.filter { $0 == " ..." }.count == 1)
    #expect(lines.last == "  [1089 1090 1091 ... 1097 1098 1099]]]")
  }

  @Test func `a read-only array and a view have descriptions of their own`() throws {
    let array = try counted([2, 3])
    #expect("\(ReadOnlySharedArray(array)[1, .all])" == "[3 4 5]")
    #expect("\(array[.all, 1])" == "[1 4]")
  }

  @Test func `shapes and element types have short names`() throws {
    #expect("\(try counted([2, 3]).shape)" == "[2, 3]")
    #expect("\(Float16.elementType)" == "float16")
    #expect("\([] as Shape)" == "[]")
  }
}
