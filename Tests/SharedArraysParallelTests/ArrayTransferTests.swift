import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

/// A function that doubles an array in place and returns a view of it.
enum DoubleInPlace: WorkFunction {
  static func call(_ x: SharedArray<Double>) -> SharedArray<Double> {
    x.update { 2 * $0 }
    return x[.stride(by: -1)]
  }
}

/// Tests that arrays are transferred as handles: by name, or by the descriptor of their object.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ArrayTransferTests {
  /// Unnamed arrays in the arena and in objects of their own, a named array, and views.
  private static func arrays() throws -> [SharedArray<Double>] {
    let small = try SharedArray<Double>(shape: [4, 6]) { Double($0[0] * 6 + $0[1]) }
    let large = try SharedArray<Double>(shape: [400, 600]) { Double($0[0] * 600 + $0[1]) }
    let named = try SharedArray<Double>.create(.generated, shape: [4, 6])
    try named.update(from: small)
    return [
      small, large, named, small.transposed()[.stride(by: -1), 1..<3], large[.stride(by: 7), .stride(by: -3)],
      named[2, .all],
      try SharedArray<Double>(shape: [0, 3]), small[1, 1..<2].reshaped([]).newAxis(at: 0),
    ]
  }

  @Test(arguments: [StartMethod.fork, .spawn, .forkServer])
  func `a worker changes the elements of its parent's array, and sends a view of it back`(
    method: StartMethod
  ) throws {
    for x in try Self.arrays() {
      let expected = x.toArray().map { 2 * $0 }
      let process = try WorkerProcess.start(DoubleInPlace.self, x, method: method)
      let back = try process.result()
      #expect(x.toArray() == expected)
      #expect(back.elementsEqual(x[.stride(by: -1)]))
      if !x.isEmpty {
        let first = Shape(repeating: 0, count: back.rank)
        back.fill(-1)
        #expect(x.elements.allSatisfy { $0 == -1 } && first.count == back.rank)
      }
    }
  }

  @Test func `memory that was sent is not reused for another array`() throws {
    for count in [10, 300_000] {
      Arena.dropIdle()
      var x: SharedArray<Double>? = try SharedArray<Double>(shape: [count])
      let message = try TransferMessage(encoding: x!)
      x = nil
      let others = try (0..<5).map { _ in try SharedArray<Double>(shape: [count]) }
      let arrived = try message.decode(as: SharedArray<Double>.self)
      arrived.fill(3)
      #expect(others.allSatisfy { $0.sum() == 0 } && arrived.sum() == 3 * Double(count))
    }
  }

  @Test func `a block is transferred by its name`() throws {
    let block = try SharedBlock.create(.generated, byteCount: 64)
    let words = try SharedArray<Int>(on: block, shape: [8])
    words[3] = 7
    let other = try TransferMessage(encoding: block).decode(as: SharedBlock.self)
    let same = try SharedArray<Int>(on: other, shape: [8])
    #expect(same[3] == 7)
    same[4] = 9
    #expect(words[4] == 9)
    let array = try TransferMessage(encoding: words[2...]).decode(as: SharedArray<Int>.self)
    #expect(array.toArray() == [0, 7, 9, 0, 0, 0])
    try block.unlink()
  }

  @Test func `arrays of another type, removed names and mapped files are refused`() throws {
    let x = try SharedArray<Double>.create(.generated, shape: [3])
    #expect(throws: TransferError.self) {
      try TransferMessage(encoding: x).decode(as: SharedArray<Float>.self)
    }
    #expect(throws: TransferError.self) {
      let message = try TransferMessage(encoding: x)
      try x.unlink()
      return try message.decode(as: SharedArray<Double>.self)
    }
    try withTemporaryDirectory { directory in
      try x.save(directory + "/x.npy")
      let mapped = try SharedArray<Double>.mapped(file: directory + "/x.npy", access: .readWrite)
      #expect(throws: TransferError.self) { _ = try TransferMessage(encoding: mapped) }
    }
  }
}
