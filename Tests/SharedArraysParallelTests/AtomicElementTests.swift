import SharedArraysCore
import SharedArraysLocks
import SharedArraysSystem
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct AtomicElementTests {
  @Test func `additions by several processes to elements of a view are exact`() throws {
    let table = try SharedArray<Int32>(shape: [4, 6])
    let view = table.transposed()
    let sums = try SharedArray<Double>(shape: [3])
    let floats = try SharedArray<Float>(shape: [2, 2, 2])
    let ended = try forkedChildren(4) {
      for step in 0..<5_000 {
        view.atomic(step % 6, step % 4).add(1)
        sums.atomic(1).add(0.5)
        floats.atomic(1, 0, 1).add(2)
      }
      return 0
    }
    #expect(ended.allSatisfy { $0 == .exited(code: 0) })
    #expect(table.sum() == 20_000 && sums[1] == 10_000 && sums[0] == 0 && floats[1, 0, 1] == 40_000)
    #expect(sums.atomic(1).load() == 10_000 && floats.atomic(1, 0, 1).load() == 40_000)
  }

  @Test func `exchanges return the old value, and touch no neighbour`() throws {
    func check<Element: AtomicInteger & SharedArrayElement>(_ type: Element.Type) throws {
      let array = try SharedArray<Element>(shape: [3])
      array.fill(.max)
      let element = array.atomic(1)
      #expect(element.add(1) == .max && element.load() == .min)
      #expect(element.exchange(5) == .min)
      #expect(element.compareExchange(expected: 4, desired: 6) == (false, 5))
      #expect(element.compareExchange(expected: 5, desired: 6) == (true, 5))
      element.store(7)
      #expect(array.toArray() == [.max, 7, .max])
    }
    try check(Int64.self)
    try check(UInt64.self)
    try check(Int32.self)
    try check(UInt32.self)
    let doubles = try SharedArray<Double>(shape: [2])
    #expect(doubles.atomic(0).exchange(.nan) == 0 && doubles[0].isNaN && doubles[1] == 0)
    let floats = try SharedArray<Float>(shape: [2])
    #expect(floats.atomic(1).exchange(3) == 0 && floats[1] == 3 && floats[0] == 0)
  }

  @Test func `an index out of range traps`() async {
    await #expect(processExitsWith: .failure) {
      let array = try SharedArray<Int64>(shape: [3])
      array.atomic(3).add(1)
    }
  }
}
