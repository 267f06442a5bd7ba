import Foundation
import SharedArrays

extension Demo {
  /// Prints the variances and the scores of the first components.
  func report(_ components: PrincipalComponents) {
    let total = components.variances.reduce(0, +)
    let shown = components.variances.prefix(5).map(decimal).joined(separator: ", ")
    print("Eigenvalues of the covariance: \(shown)")
    let kept = min(2, components.variances.count)
    let explained = components.variances.prefix(kept).map { percent(total > 0 ? $0 / total : 0) }
    print("Explained variance: \(explained.joined(separator: ", "))")
    let row = (0..<kept).map { decimal(components.scores[0, $0].magnitude) }.joined(separator: ", ")
    print("Row 0 in these components (magnitudes): \(row)")
  }

  /// Prints the accuracy of classification by nearest neighbours, for each number of components.
  /// Without labels it prints how often they are the nearest rows in all components.
  func report(_ neighbours: LeaveOneOut, labels: [Int]?) {
    let tested = neighbours.step == 1 ? "each row" : "each of \(neighbours.testedCount) rows"
    print("\nNearest neighbours of \(tested), in principal components of the other rows")
    let places = neighbours.componentCounts.indices
    let rows: [[String]]
    if let labels {
      rows = [1, 3, 5].map { count in
        ["right digit by \(count == 1 ? "1 neighbour" : "\(count) neighbours")"]
          + places.map { percent(neighbours.accuracy(of: count, components: $0, labels: labels)) }
      }
    } else {
      rows = [["same nearest row as in all"] + places.map { percent(neighbours.agreement(components: $0)) }]
    }
    let header = ["components"] + neighbours.componentCounts.map(String.init)
    print(table(header, rows, rightAligned: Set(1...places.count)))
  }
}

/// Formats a share as "14.89 %".
private func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }

/// Formats a number as "179.0069" or "1.1550e+200".
private func decimal(_ number: Double) -> String {
  String(format: number.magnitude < 1e9 ? "%.4f" : "%.4e", number)
}
