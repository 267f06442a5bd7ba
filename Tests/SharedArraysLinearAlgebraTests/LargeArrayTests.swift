import Foundation
import SharedArraysCore
import SharedArraysLinearAlgebra
import SharedArraysMemory
import TestSupport
import Testing

/// Extents, strides and leading dimensions that 32 bits cannot count.
@Suite(.timeLimit(.minutes(5)))
struct LargeArrayTests {
  static let huge = 3_000_000_000

  /// A matrix whose every element is the same one, so that its extents cost no memory.
  private func constant(_ rows: Int, _ columns: Int) throws -> SharedArray<Double> {
    let one = try SharedArray<Double>([1])
    return SharedArray(storage: one.storage.view(offset: 0, shape: [rows, columns], strides: [0, 0]))
  }

  private func expectTooLarge(_ name: String, _ body: () throws -> Void) {
    let error = #expect(throws: LinearAlgebraError.self) { try body() }
    #expect(error?.code == .tooLarge)
    #expect(error?.description.contains("(\(name) has ") == true, "\(error?.description ?? "none")")
  }

  @Test func `an extent beyond 32 bits is refused`() throws {
    let huge = Self.huge
    let (wide, tall, small) = (try constant(2, huge), try constant(huge, 2), try constant(2, 2))
    let c = try SharedArray<Double>(shape: [2, 2])
    expectTooLarge("a") { try matmul(wide, tall, into: c) }
    expectTooLarge("a") { try matmul(tall, small, into: tall) }
    expectTooLarge("b") { try matmul(small, wide, into: wide) }
    expectTooLarge("a") {
      try matmul(wide, tall[.all, 0], into: c[.all, 0])
    }
    expectTooLarge("a") {
      try matmul(tall, small[.all, 0], into: tall[.all, 0])
    }
    expectTooLarge("a") { try BLAS.syrk(tall, into: c) }
    let square = try constant(huge, huge)
    expectTooLarge("a") { try BLAS.syrk(wide, into: square) }
    for count in [32_767, 50_000, huge] {
      let square = try constant(count, count)
      expectTooLarge("a") { _ = try eigh(square) }
    }
    #expect(c.toArray() == [0, 0, 0, 0])
  }

  @Test func `a leading dimension beyond 32 bits is refused`() throws {
    // Nothing may be read or written through these views: most of their elements are nowhere.
    let c = try SharedArray<Double>(shape: [2, 2])
    let small = try constant(2, 2)
    let rows = SharedArray(storage: c.storage.view(offset: 0, shape: [2, 2], strides: [Self.huge, 1]))
    let columns = rows.transposed()
    for far in [rows, columns] {
      expectTooLarge("a") { try matmul(far, small, into: small.copy()) }
      expectTooLarge("b") { try matmul(small, far, into: small.copy()) }
      expectTooLarge("c") { try matmul(small, small, into: far) }
      expectTooLarge("a") {
        try matmul(far, small[.all, 0], into: small.copy()[.all, 0])
      }
      expectTooLarge("a") {
        try BLAS.syrk(far, into: small.copy())
      }
      expectTooLarge("c") { try BLAS.syrk(small, into: far) }
    }
  }

  @Test func `strides beyond 32 bits reach their elements`() throws {
    try withTemporaryDirectory { directory in
      // A file of 96 GiB, all but a few pages of it a hole.
      let (stride, count) = (1 << 32, 3 << 32)
      let path = directory + "/sparse.npy"
      let header = NPYHeader.encode(elementType: .float64, shape: [count], fortranOrder: false, paddedTo: 64)
      #expect(FileManager.default.createFile(atPath: path, contents: Data(header)))
      let file = try #require(FileHandle(forWritingAtPath: path))
      try file.truncate(atOffset: UInt64(header.count + count * 8))
      let sparse = try SharedArray<Double>.mapped(file: path, access: .readWrite)
      let x = sparse[.stride(by: stride)]
      for i in 0..<3 { x[i] = Double(i + 1) }
      #expect(BLAS.dot(x, x) == 14)
      #expect(BLAS.dot(x, x[.stride(by: -1)]) == 10)
      #expect(abs(BLAS.nrm2(x) - 14.0.squareRoot()) <= 1e-15)
      BLAS.scal(x[.stride(by: -1)], by: 2)
      #expect(x.toArray() == [2, 4, 6])
      let y = try SharedArray<Double>([1, 1, 1])
      try BLAS.axpy(1, x, into: y)
      try BLAS.axpy(1, y, into: x[.stride(by: -1)])
      #expect(x.toArray() == [9, 9, 9])
      let identity = try SharedArray<Double>([0, 0, 1, 0, 1, 0, 2, 0, 0], shape: [3, 3])
      try matmul(identity, y, into: x, alpha: 2, beta: 1)
      #expect(x.toArray() == [23, 19, 21])
      try matmul(identity, x, into: y)
      #expect(y.toArray() == [21, 19, 46])
      // Both axes far apart: packed.
      let matrix = SharedArray(storage: sparse.storage.view(offset: 0, shape: [1, 3], strides: [7, stride]))
      let square = try SharedArray<Double>(shape: [3, 3])
      try BLAS.syrk(sparse[0..<3].reshaped([1, 3]), into: square)
      #expect(square[0, 0] == 23 * 23)
      expectTooLarge("a") { try BLAS.syrk(matrix, into: square) }
    }
  }

  @Test func `vectors of more elements than 32 bits can count are processed in pieces`() throws {
    let two = try SharedArray<Float>([2])
    let count = 1 << 31 + 1 << 20
    let x = SharedArray(storage: two.storage.view(offset: 0, shape: [count], strides: [0]))
    #expect(abs(BLAS.nrm2(x) - 2 * Float(count).squareRoot()) <= 1)
    let rows = SharedArray(storage: two.storage.view(offset: 0, shape: [3, count], strides: [0, 0]))
    #expect(abs(BLAS.nrm2(rows) - 2 * Float(3 * count).squareRoot()) <= 1)
    let one = try SharedArray<Double>([1])
    let ones = SharedArray(storage: one.storage.view(offset: 0, shape: [count], strides: [0]))
    #expect(BLAS.dot(ones, ones) == Double(count))
  }

  @Test func `a copy that does not fit into memory is an error with its cause`() throws {
    // Larger than any address space, so that nothing can be reserved, whatever the machine has.
    let (rows, inner) = (100_000, Int(Int32.max))
    let (a, b) = (try constant(rows, inner), try constant(inner, 1))
    let c = try SharedArray<Double>(shape: [rows, 1])
    let error = #expect(throws: LinearAlgebraError.self) { try matmul(a, b, into: c) }
    #expect(error?.code == .insufficientMemory)
    let cause = error?.underlying?.code
    #expect(cause == .outOfAddressSpace || cause == .insufficientMemory)
    #expect(error?.description.contains("(shape [100000, 2147483647])") == true)
  }
}
