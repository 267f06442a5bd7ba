import SharedArraysCore

extension Misuse {
  /// Invalid ends of axes and orders of elements.
  static let sorting = [
    Misuse("the first index of nothing", "Index 0 is outside axis 0, which has extent 0.") {
      use(try counted([0])[.first, .newAxis])
    },
    Misuse("more first indices than the extent", "prefix(5) cannot select from axis 1, which has extent 4.") {
      use(try matrix()[.all, .prefix(5)])
    },
    Misuse("a negative number of first indices", "prefix(-1) cannot select from axis 0, which") {
      use(try matrix()[.prefix(-1)])
    },
    Misuse("the last index of nothing", "Index -1 is outside axis 0, which has extent 0.") {
      use(try counted([0])[.last, .newAxis])
    },
    Misuse("more last indices than the extent", "suffix(5) cannot select from axis 1, which has extent 4.") {
      use(try matrix()[.all, .suffix(5)])
    },
    Misuse("a negative number of last indices", "suffix(-1) cannot select from axis 0, which has extent 3.") {
      use(try matrix()[.suffix(-1)])
    },
    Misuse("a negative number of indices to leave out", "A view cannot leave out -2 indices of an axis.") {
      use(try matrix()[.dropLast(-2)])
    },
    Misuse(
      "more indices to leave out than the extent",
      "A view cannot leave out 2 + 2 indices of axis 0, which has extent 3."
    ) {
      use(try matrix()[.trimming(2)])
    },
    Misuse(
      "Int.max indices to leave out", "A view cannot leave out 0 + 9223372036854775807 indices of axis 1"
    ) {
      use(try matrix()[.all, .dropLast(.max)])
    },
    Misuse("sorting along a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().sorted(axis: 2))
    },
    Misuse("sorting in place along a negative axis", "Axis -1 does not exist in an array of rank 2.") {
      try matrix().sort(axis: -1)
    },
    Misuse("a percentile beyond 100", "A percentile must be from 0 to 100, not 100.5.") {
      use(try matrix().percentile(100.5))
    },
    Misuse("a percentile that is not a number", "A percentile must be from 0 to 100, not nan.") {
      use(try matrix().percentiles([1, .nan], axis: 0))
    },
    Misuse("a percentile of nothing", "An array without elements has no percentile.") {
      use(try matrix()[0..<0].percentile(5))
    },
    Misuse("differences along a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().differences(axis: 2))
    },
    Misuse("elements rolled along a missing axis", "Axis 5 does not exist in an array of rank 2.") {
      use(try matrix().rolled(by: 1, axis: 5))
    },
    Misuse("running extremes along a missing axis", "Axis 2 does not exist in an array of rank 2.") {
      use(try matrix().cumulativeMax(axis: 2))
    },
  ]
}
