import Multiprocessing
import SharedArraysCore
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

/// An array, a factor, and the array for the product.
struct Scaling: Transferable {
  var factor: Double
  var from: SharedArray<Double>
  var into: SharedArray<Double>

  func encode(into writer: inout TransferWriter) throws(TransferError) {
    try writer.encode(factor)
    try writer.encode(from)
    try writer.encode(into)
  }

  static func decode(from reader: inout TransferReader) throws(TransferError) -> Scaling {
    Scaling(factor: try reader.decode(), from: try reader.decode(), into: try reader.decode())
  }
}

enum ScaleInto: WorkFunction {
  static func call(_ scaling: Scaling) throws -> NoValue {
    try scaling.into.update(from: scaling.from * scaling.factor)
    return NoValue()
  }
}

/// Tests that arrays are transferred to the workers of a pool as handles.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolArrayTests {
  @Test(arguments: [StartMethod.fork, .spawn, .forkServer])
  func `workers of a pool write to slices of their parent's arrays`(method: StartMethod) throws {
    let pool = try ProcessPool(workers: 2, startMethod: method)
    for rows in [4, 400] {
      let from = try SharedArray<Double>(shape: [rows, 600]) { Double($0[0] * 600 + $0[1]) }
      let into = try SharedArray<Double>(shape: [rows, 600])
      let work = (0..<rows).map { Scaling(factor: Double($0), from: from[$0, .all], into: into[$0, .all]) }
      try pool.forEach(ScaleInto.self, work)
      let expected: [Double] = (0..<rows * 600).map { index in Double(index / 600) * Double(index) }
      #expect(into.toArray() == expected)
    }
    pool.shutdown()
  }

  @Test(arguments: [StartMethod.fork, .spawn, .forkServer])
  func `a pool returns arrays as handles`(method: StartMethod) throws {
    let pool = try ProcessPool(workers: 2, startMethod: method)
    let arrays = try [6, 60_000].map { try SharedArray<Double>(repeating: 1, shape: [$0]) }
    let back = try pool.map(DoubleInPlace.self, arrays, chunkSize: 1, retries: 0)
    #expect(arrays.map { $0.sum() } == [12, 120_000])
    for (array, view) in zip(arrays, back) {
      view.fill(5)
      #expect(array[0] == 5, "it is the same memory")
    }
    pool.shutdown()
  }
}
