import Multiprocessing
import SharedArraysCore
import SharedArraysTransfer
import Testing

/// A function that fills the arrays it receives with 7, until the other end is closed.
enum FillArrays: WorkFunction {
  static func call(_ connection: Connection) throws -> NoValue {
    while let arrays = try connection.next([SharedArray<Double>].self) {
      for array in arrays { array.fill(7) }
      try connection.send(arrays.count)
    }
    return NoValue()
  }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct ConnectionArrayTests {
  @Test(arguments: [StartMethod.spawn, .forkServer])
  func `an array in a message is the same memory on both sides`(method: StartMethod) throws {
    let (here, there) = try Connection.pair()
    let worker = try WorkerProcess.start(FillArrays.self, there, method: method)
    there.close()
    let small = try SharedArray<Double>(repeating: 1, shape: [3])
    let large = try SharedArray<Double>(repeating: 1, shape: [1000, 200])
    let named = try SharedArray<Double>.create(.generated, shape: [50])
    try here.send([small, large, named])
    #expect(try here.receive(Int.self, timeout: .seconds(60)) == 3)
    #expect(small.sum() == 21 && large.sum() == 1_400_000 && named.sum() == 350)
    here.close()
    _ = try worker.result(timeout: .seconds(60))
  }
}
