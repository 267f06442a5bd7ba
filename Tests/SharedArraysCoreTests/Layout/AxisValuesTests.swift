import SharedArraysCore
import Testing

@Suite struct AxisValuesTests {
  @Test(arguments: 0...8)
  func `a list of up to eight numbers reads as it was written`(count: Int) {
    let numbers = (0..<count).map { 10 * $0 - 3 }
    let values = AxisValues(numbers)
    #expect(values.count == count)
    #expect(values.isEmpty == (count == 0))
    #expect(Array(values) == numbers)
    #expect(Array(values.reversed()) == numbers.reversed())
    #expect(values.indices == 0..<count)
    #expect(values == AxisValues(numbers[...]))
    #expect(values.description == numbers.description)
    #expect(Array(AxisValues(repeating: 7, count: count)) == Array(repeating: 7, count: count))
  }

  @Test func `a literal makes a list`() {
    let shape: Shape = [3, 4]
    #expect(Array(shape) == [3, 4])
    #expect(Array([] as Shape) == [])
  }

  @Test func `equal lists hash alike and lists of other lengths differ`() {
    let list: AxisValues = [1, 0]
    var changed: AxisValues = [1, 7]
    changed[1] = 0
    #expect(list == changed)
    #expect(list.hashValue == changed.hashValue)
    #expect(list != [1])
    #expect(list != [1, 0, 0])
    #expect(list != [0, 1])
    #expect(Set([list, changed, [1], []]).count == 3)
  }

  @Test func `numbers cut off at the end do not affect equality`() {
    var head = AxisValues([5, 6, 7])
    head = AxisValues(head.prefix(2))
    #expect(head == [5, 6])
  }

  @Test func `numbers can be changed, swapped and sorted in place`() {
    var values: AxisValues = [3, 1, 2]
    values[0] = -3
    values.swapAt(1, 2)
    #expect(values == [-3, 2, 1])
    values.sort()
    #expect(values == [-3, 1, 2])
    values.append(9)
    #expect(values == [-3, 1, 2, 9])
  }

  @Test func `the product of a shape is its number of elements, or nil if their bytes overflow`() {
    #expect(([] as Shape).checkedProduct() == 1)
    #expect(([3, 4] as Shape).checkedByteCount(elementByteCount: 8) == 12 * 8)
    #expect(([3, 0, 4] as Shape).checkedByteCount(elementByteCount: 16) == 0)
    #expect(([1 << 31, 1 << 31] as Shape).checkedProduct() == 1 << 62)
    #expect(([1 << 31, 1 << 31] as Shape).checkedByteCount(elementByteCount: 2) == nil)
    // These products wrap to 0 and to a small number. They are refused even with an extent of 0, as
    // in NumPy.
    #expect(([1 << 32, 1 << 32] as Shape).checkedProduct() == nil)
    #expect(([274_177, 67_280_421_310_721] as Shape).checkedProduct() == nil)
    #expect(([1 << 32, 0, 1 << 32] as Shape).checkedProduct() == nil)
    #expect(([0, 1 << 62] as Shape).checkedProduct() == 0)
  }

  @Test func `row-major strides multiply from the last axis`() {
    #expect(([] as Shape).rowMajorStrides == [])
    #expect(([2, 3, 4] as Shape).rowMajorStrides == [12, 4, 1])
    #expect(([2, 1, 4] as Shape).rowMajorStrides == [4, 4, 1])
  }

  @Test func `a shape is kept inline`() {
    #expect(MemoryLayout<Shape>.size == 72)
  }
}
