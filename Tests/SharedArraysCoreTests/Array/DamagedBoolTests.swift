import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: each `write` gets the buffer of an array that exists until the call returns. The pointer
// to contiguous elements is not used.

/// Tests of Boolean arrays into which other programs write arbitrary bytes. Every byte except 0 is
/// true, as in NumPy. To a compiler, however, a `Bool` with another byte than 0 and 1 is invalid,
/// and code that uses it is undefined.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct DamagedBoolTests {
  private static let expected = (0...255).map { $0 != 0 }

  /// Calls `body` in a child with an array of 256 elements whose bytes another process has set to
  /// 0…255.
  private func withDamagedArray(_ body: (SharedArray<Bool>) -> CInt) throws {
    let array = try SharedArray<Bool>.create(.generated, shape: [256])
    let file = try OwnedDescriptor.openSharedMemory(named: #require(array.name), .readWrite)
    let writer = try forkedChild {
      let bytes = [UInt8](0...255)
      return (try? unsafe bytes.withUnsafeBytes { try unsafe file.write($0, at: 4096) }) == nil ? 1 : 0
    }
    try #require(writer == .exited(code: 0))
    #expect(try forkedChild { body(array) } == .exited(code: 0))
  }

  /// Uses a Boolean as a branch condition, an index, a number, a text and a key.
  @inline(never)
  private static func uses(of value: Bool) -> [Int] {
    [
      value ? 1 : 0, [7, 9][value ? 1 : 0], value == true ? 1 : 0, !value ? 0 : 1, "\(value)".utf8.count,
      Set([value]).contains(true) ? 1 : 0, Optional(value).map { $0 ? 3 : 4 } ?? 5,
    ]
  }

  private static func isRight(_ value: Bool, _ expected: Bool) -> Bool {
    uses(of: value) == uses(of: expected)
  }

  @Test func `an element read by its index is true or false`() throws {
    try withDamagedArray { array in
      let readOnly = ReadOnlySharedArray(array)
      for i in 0..<256 where !Self.isRight(array[i], Self.expected[i]) { return 1 }
      for i in 0..<256 where !Self.isRight(readOnly[i], Self.expected[i]) { return 2 }
      let square = array.reshaped([16, 16])
      for i in 0..<256 where !Self.isRight(square[i / 16, i % 16], Self.expected[i]) { return 3 }
      for i in 0..<256 where !Self.isRight(array[i..<i + 1].scalar, Self.expected[i]) { return 4 }
      return 0
    }
  }

  @Test func `elements read all at once are true or false, and none is missing`() throws {
    try withDamagedArray { array in
      for view in [array, array[.stride(by: -1)], array.reshaped([16, 16]).transposed()] {
        let elements = view.toArray()
        var count = 0
        for element in elements where Self.isRight(element, true) { count += 1 }
        if elements.count != 256 || count != 255 || Set(elements) != [true, false] { return 1 }
        // Iterates to the end: an Optional with such a byte could be nil.
        var iterator = elements.makeIterator()
        var steps = 0
        while iterator.next() != nil { steps += 1 }
        if steps != 256 { return 2 }
      }
      return 0
    }
  }

  @Test func `elements walked one by one are true or false`() throws {
    try withDamagedArray { array in
      for view in [array, array[.stride(by: -1)], array.reshaped([16, 16]).transposed()] {
        var count = 0
        for element in view.elements where Self.isRight(element, true) { count += 1 }
        if count != 255 || Array(view.elements) != view.toArray() { return 1 }
        for i in 0..<256 where !Self.isRight(view.elements[i], view.toArray()[i]) { return 2 }
        if unsafe view.elements.withContiguousStorageIfAvailable({ _ in }) != nil { return 3 }
      }
      return 0
    }
  }

  @Test func `a description shows true and false`() throws {
    try withDamagedArray { array in
      let words = array.description.dropFirst().dropLast().split(whereSeparator: \.isWhitespace)
      if words.count != 256 || words[0] != "false" { return 1 }
      return words.dropFirst().allSatisfy { $0 == "true" } ? 0 : 2
    }
  }

  @Test func `an update writes proper Booleans`() throws {
    try withDamagedArray { array in
      array.update { !$0 }
      for i in 0..<256 where !Self.isRight(array[i], i == 0) { return 1 }
      return 0
    }
  }

  @Test func `a copy has the same Booleans as the original`() throws {
    try withDamagedArray { array in
      guard let copy = try? array[.stride(by: -1)].copy(), let second = try? array.copy() else { return 1 }
      if copy.toArray() != Self.expected.reversed() || second.toArray() != Self.expected { return 2 }
      return 0
    }
  }

  @Test func `a file with these bytes is read as true and false`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/x.npy"
      let header = NPYHeader.encode(elementType: .bool, shape: [256], fortranOrder: false, paddedTo: 64)
      let file = try OwnedDescriptor.createFile(path, mode: 0o600)
      try unsafe (header + [UInt8](0...255)).withUnsafeBytes { try unsafe file.write($0, at: 0) }
      let ending = try forkedChild {
        guard let loaded = try? SharedArray<Bool>.load(npy: path),
          let mapped = try? SharedArray<Bool>.mapped(file: path, access: .readOnly)
        else { return 1 }
        if loaded.toArray() != Self.expected || mapped.toArray() != Self.expected { return 2 }
        for i in 0..<256 where !Self.isRight(mapped[i], Self.expected[i]) { return 3 }
        return 0
      }
      #expect(ending == .exited(code: 0))
    }
  }

  @Test func `elements taken by a mask that another process clears are elements of the array or 0`() throws {
    let count = 20_000
    let mask = try SharedArray<Bool>(repeating: true, shape: [count])
    let ones = try SharedArray<Int>(repeating: 1, shape: [count])
    let attacker = try startChild {
      while true {
        mask.fill(false)
        mask.fill(true)
      }
    }
    // Run until an element was cleared between counting and taking 20 times.
    var shortened = 0
    for _ in 0..<1_000_000 where shortened < 20 {
      // Leaves other bytes in the memory that a new array of this size might reuse.
      _ = try SharedArray<Int>(repeating: 7, shape: [count])
      let taken = try ones.take(where: mask)
      if taken.isEmpty { continue }
      #expect(taken.min() >= 0 && taken.max() <= 1)
      if taken.min() == 0 { shortened += 1 }
    }
    #expect(shortened == 20)
    #expect(try !attacker.ends(within: .zero))
  }
}
