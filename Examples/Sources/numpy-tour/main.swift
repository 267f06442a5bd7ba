// Ten short NumPy programs in Swift. The originals are in the folder `numpy`. Both print the same
// output.
//
//   numpy-tour          runs all of them
//   numpy-tour NAME     runs one
import Foundation

let programs: [(name: String, run: () throws -> Void)] = [
  ("normalise", normalise),
  ("outliers", outliers),
  ("moving_average", movingAverage),
  ("histogram", histogram),
  ("distances", distances),
  ("images", images),
  ("life", life),
  ("drawdown", drawdown),
  ("power_iteration", powerIteration),
  ("confusion", confusion),
]

let names = CommandLine.arguments.dropFirst()
if let unknown = names.first(where: { name in !programs.contains { $0.name == name } }) {
  print("\(unknown) is not a program; the programs are: \(programs.map(\.name).joined(separator: ", ")).")
  exit(64)
}
for program in programs where names.isEmpty || names.contains(program.name) {
  print("-- \(program.name)")
  try program.run()
}
