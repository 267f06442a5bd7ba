import SharedArraysParallel
import Testing

@Suite(.timeLimit(.minutes(2)))
struct PartitionTests {
  @Test(arguments: 1...40)
  func `blocks are disjoint, complete, in order, and differ by one at most`(workers: Int) {
    for count in 0...257 {
      let ranges = pieces(.blocks, of: count, workers: workers)
      let sizes = ranges.map(\.count)
      let isRight =
        ranges.count == min(count, workers) && isCover(ranges, of: count)
        && (sizes.max() ?? 1) - (sizes.min() ?? 1) <= 1 && sizes == sizes.sorted(by: >)
      #expect(isRight, "\(count) indices: \(ranges)")
    }
  }

  @Test(arguments: Array(1...300))
  func `chunks are disjoint, complete, in order, and equal in size except the last`(size: Int) {
    for count in 0...257 {
      let ranges = pieces(.chunks(of: size), of: count, workers: 3)
      let isRight =
        isCover(ranges, of: count) && ranges.dropLast().allSatisfy { $0.count == size }
        && ranges.allSatisfy { (1...size).contains($0.count) }
        && ranges == pieces(.chunks(of: size), of: count, workers: 40)
      #expect(isRight, "\(count) indices: \(ranges)")
    }
  }

  @Test(arguments: [1, 1 << 20, 1 << 40, (1 << 62) - 1])
  func `large counts do not overflow`(count: Int) {
    let blocks = Partition.blocks
    let last = blocks.pieceCount(of: count, workers: .max) - 1
    #expect(last == count - 1)
    #expect(blocks.range(ofPiece: last, of: count, workers: .max) == count - 1..<count)
    for workers in 1...7 where workers <= count {
      #expect(blocks.range(ofPiece: workers - 1, of: count, workers: workers).upperBound == count)
    }
    for size in [1, 3, count, .max] {
      let chunks = Partition.chunks(of: size)
      let last = chunks.pieceCount(of: count, workers: 1) - 1
      #expect(chunks.range(ofPiece: last, of: count, workers: 1).upperBound == count)
    }
  }

  @Test(arguments: [0, -1, .min])
  func `a chunk size below 1 traps with a sentence`(size: Int) async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [size] in
      _ = Partition.chunks(of: size)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("chunks(of:) needs a size of at least 1, not \(size)."))
  }

  @Test func `different partitions are unequal`() {
    #expect(Partition.blocks != .chunks(of: 1))
    #expect(Partition.chunks(of: 2) == .chunks(of: 2))
    #expect(Set([Partition.chunks(of: 1), .chunks(of: 2), .blocks, .chunks(of: 1)]).count == 3)
  }
}

private func pieces(_ partition: Partition, of count: Int, workers: Int) -> [Range<Int>] {
  (0..<partition.pieceCount(of: count, workers: workers)).map {
    partition.range(ofPiece: $0, of: count, workers: workers)
  }
}

private func isCover(_ ranges: [Range<Int>], of count: Int) -> Bool {
  var end = 0
  for range in ranges {
    if range.lowerBound != end || range.isEmpty { return false }
    end = range.upperBound
  }
  return end == count
}
