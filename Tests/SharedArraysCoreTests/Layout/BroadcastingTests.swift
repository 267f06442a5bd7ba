import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct BroadcastingTests {
  @Test(
    arguments: [
      ([], [], []), ([], [3, 4], [3, 4]), ([4], [3, 4], [3, 4]), ([3, 1], [1, 4], [3, 4]),
      ([3, 1], [4], [3, 4]), ([0], [1], [0]), ([2, 0], [], [2, 0]), ([3, 1, 5], [2, 1], [3, 2, 5]),
      ([1, 1, 1, 1, 1, 1, 1, 2], [3, 1], [1, 1, 1, 1, 1, 1, 3, 2]),
      ([3], [4], nil), ([0], [3], nil), ([2, 3], [3, 2], nil), ([3, 4], [3], nil),
    ] as [(Shape, Shape, Shape?)])
  func `shapes match from the last axis`(a: Shape, b: Shape, both: Shape?) {
    #expect(a.broadcasted(with: b) == both)
    #expect(b.broadcasted(with: a) == both)
  }

  @Test func `elements repeat along broadcast axes`() throws {
    let x = try counted([3, 1])
    let wide = SharedArray(storage: x.storage.broadcasted(to: [2, 3, 4]))
    #expect(wide.strides == [0, 1, 0])
    #expect(wide.toArray() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    #expect(x.storage.broadcasted(to: [3, 0]).elementCount == 0)
    #expect(SharedArray(storage: x.storage.broadcasted(to: [3, 1])).strides == x.strides)
  }
}
