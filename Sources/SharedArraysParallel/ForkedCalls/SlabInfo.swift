internal import Multiprocessing
internal import SharedArraysSystem

/// A piece of the work of a parallel call.
public struct SlabInfo: Hashable, Sendable {
  /// The number of the chunk, from 0, in the order of the indices.
  public let index: Int
  /// The indices that the chunk covers.
  public let range: Range<Int>
  /// The index of the worker that processes the chunk. The assignment of chunks to workers may
  /// differ from run to run.
  public let worker: Int

  package init(index: Int, range: Range<Int>, worker: Int) {
    self.index = index
    self.range = range
    self.worker = worker
  }
}
