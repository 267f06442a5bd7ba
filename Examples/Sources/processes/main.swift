// Four processes that crunch numbers, started and joined, under each start method.

import SharedArrays

/// Counts the primes below a number, the slow way.
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

// A closure can only be forked: it captures whatever it likes, and nothing of it is encoded.
let table = (1...10).map { $0 * $0 }
let sum = try WorkerProcess.start { table.reduce(0, +) }
print("closure:", try sum.result())

// What fails comes back as an error that says what happened.
let victim = try WorkerProcess<Int>.start(name: "victim") { fatalError("on purpose") }
do { print(try victim.result()) } catch {
  print(error.code == .died ? "the victim died, and this program goes on" : "\(error)")
}
