import Multiprocessing
import SharedArraysCore
import SharedArraysParallel
import Testing

/// A timeout that ends a test that hangs.
let longTime = Duration.seconds(60)

struct Unexpected: Error {}

/// The form of a partition that can be passed to the process of an exit test.
enum Pieces: Codable, Hashable {
  case blocks
  case chunks(Int)

  var partition: Partition {
    switch self {
    case .blocks: .blocks
    case .chunks(let size): .chunks(of: size)
    }
  }

  static let all = [Pieces.blocks, .chunks(1), .chunks(3), .chunks(1000)]
}

/// Returns an array of numbers that use all bits.
func numbers(_ shape: Shape) throws -> SharedArray<Double> {
  let array = try SharedArray<Double>(shape: shape)
  var number = 0.1
  array.update { _ in
    number = (number * 1.7).truncatingRemainder(dividingBy: 3) + 0.01
    return number
  }
  return array
}

extension StridedArray<Double> {
  var bits: [UInt64] { toArray().map(\.bitPattern) }
}
