// Columns of a table, normalised to zero mean and unit standard deviation.
import Foundation
import SharedArrays

func normalise() throws {
  let table = try SharedArray<Double>(shape: [12, 3]) { index in
    Double((index[0] * 7 + index[1] * 5) % 11) * [1, 10, 100][index[1]]
  }
  let path = FileManager.default.temporaryDirectory.appending(path: "numpy-tour-\(getpid()).csv").path
  try table.save(csv: path)

  let x = try SharedArray<Double>.load(csv: path)
  try FileManager.default.removeItem(atPath: path)
  let z = try (x - x.mean(axis: 0)) / x.standardDeviation(axis: 0)
  print("shape", x.shape)
  print("means", try x.mean(axis: 0))
  print("deviations", try x.standardDeviation(axis: 0))
  print(z)
  print("standard:", try z.mean(axis: 0).allClose(0), try z.standardDeviation(axis: 0).allClose(1))
}
