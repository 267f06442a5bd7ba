// Starts four processes that count primes, and joins them, with each start method.

import SharedArrays

/// Counts the primes below a number by trial division.
enum Crunch: WorkFunction {
  static func call(_ limit: Int) -> Int {
    (2..<limit).count { n in !(2..<n).prefix { $0 * $0 <= n }.contains { n % $0 == 0 } }
  }
}

for method in [StartMethod.fork, .spawn, .forkServer] {
  let processes = try (1...4).map { index in
    try WorkerProcess.start(Crunch.self, index * 5_000, name: "cruncher \(index)", method: method)
  }
  for process in processes {
    try process.join()
    print(method, process.name, "found", try process.result(), "primes and", process.termination!)
  }
}

// A closure requires a fork: it can capture any value, and nothing is encoded.
let table = (1...10).map { $0 * $0 }
let sum = try WorkerProcess.start { table.reduce(0, +) }
print("closure:", try sum.result())

// A failure is an error that describes its cause.
let victim = try WorkerProcess<Int>.start(name: "victim") { fatalError("on purpose") }
do { print(try victim.result()) } catch {
  print(error.code == .died ? "the victim died, and this program continues" : "\(error)")
}
