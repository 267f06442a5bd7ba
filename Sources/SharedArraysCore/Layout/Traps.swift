// Programming mistakes end the process with a message that contains the values. `precondition`
// would omit the message from optimised code. These functions are not inlined, so that a check
// costs its caller one compare and one branch.

@usableFromInline @inline(never)
func trapRank(_ rank: Int) -> Never {
  fatalError("An array has at most \(AxisValues.largestRank) axes, not \(rank).")
}

@usableFromInline @inline(never)
package func trapAxis(_ axis: Int, rank: Int) -> Never {
  fatalError("Axis \(axis) does not exist in an array of rank \(rank).")
}

// The next two functions take numbers only: a check that passed the shape itself would copy it for
// every element.

@usableFromInline @inline(never)
func trapIndex(_ index: Int, axis: Int, extent: Int) -> Never {
  fatalError("Index \(index) is outside axis \(axis), which has extent \(extent).")
}

@usableFromInline @inline(never)
func trapIndexCount(_ count: Int, rank: Int) -> Never {
  fatalError(
    "An element of an array of rank \(rank) has \(rank) indices, not \(count); "
      + "use .all for the other axes of a view.")
}

@usableFromInline @inline(never)
func trapSelection(_ first: Int, _ count: Int, _ step: Int, _ axis: Int, _ extent: Int) -> Never {
  if count < 0 { fatalError("A view cannot have \(count) indices along axis \(axis).") }
  let (distance, overflow) = (count - 1).multipliedReportingOverflow(by: step)
  let (last, overflows) = first.addingReportingOverflow(distance)
  let end = step < 0 ? Int.min : .max
  trapIndices(first, through: count == 0 ? nil : overflow || overflows ? end : last, axis, extent)
}

@usableFromInline @inline(never)
func trapIndices(_ first: Int, through last: Int?, _ axis: Int, _ extent: Int) -> Never {
  let place = "outside axis \(axis), which has extent \(extent)."
  guard let last else { fatalError("The empty range at \(first) is \(place)") }
  fatalError(first == last ? "Index \(first) is \(place)" : "The indices \(first)…\(last) are \(place)")
}

@usableFromInline @inline(never)
package func trap(_ sentence: String) -> Never {
  fatalError(sentence)
}
