import SharedArrays

extension LeaveOneOut {
  /// Returns the share of the tested rows whose label is the most frequent label of their nearest
  /// neighbours. The smallest of equally frequent labels is chosen, as in scikit-learn.
  ///
  /// - Parameters:
  ///   - count: The number of neighbours.
  /// The index of a number of components in `componentCounts`.
  ///   - labels: The labels of all rows, none negative.
  func accuracy(of count: Int, components place: Int, labels: [Int]) -> Double {
    let labelCount = (labels.max() ?? 0) + 1
    return share { row in
      var votes = [Int](repeating: 0, count: labelCount)
      for neighbour in neighbours[row, place, ..<count].elements { votes[labels[neighbour]] += 1 }
      return votes.firstIndex(of: votes.max() ?? 0) == labels[row * step]
    }
  }

  /// Returns the share of the tested rows whose nearest neighbour is the same as in all components.
  func agreement(components place: Int) -> Double {
    share { row in neighbours[row, place, 0] == neighbours[row, componentCounts.count - 1, 0] }
  }

  private func share(where isRight: (Int) -> Bool) -> Double {
    Double((0..<testedCount).count(where: isRight)) / Double(testedCount)
  }
}
