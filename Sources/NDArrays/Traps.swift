// Programming mistakes end the process with a sentence that names the values. `precondition` would drop the sentence from
// optimised code; these stay out of line, so that a check costs its caller one compare and one branch.

@usableFromInline @inline(never)
func trapRank(_ rank: Int) -> Never {
  fatalError("An array has at most \(AxisValues.largestRank) axes, not \(rank).")
}

@usableFromInline @inline(never)
package func trapAxis(_ axis: Int, rank: Int) -> Never {
  fatalError("Axis \(axis) does not exist in an array of rank \(rank).")
}

@usableFromInline @inline(never)
func trapIndex<let count: Int>(_ index: InlineArray<count, Int>, _ shape: Shape) -> Never {
  let text = index.indices.map { String(index[$0]) }.joined(separator: ", ")
  if count != shape.count {
    fatalError(
      "[\(text)] has \(count) indices, the array of shape \(shape) needs \(shape.count) for one element; "
        + "a view takes .all for the other axes.")
  }
  fatalError("Index [\(text)] is outside an array of shape \(shape).")
}

@usableFromInline @inline(never)
package func trap(_ sentence: String) -> Never {
  fatalError(sentence)
}
