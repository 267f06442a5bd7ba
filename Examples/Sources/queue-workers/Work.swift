import SharedArrays

/// A task. The queue encodes it by `Codable`.
enum Calculation: Codable, Transferable {
  case matmul(Int, Int)
  case add(Int, Int)

  var result: Int {
    switch self {
    case .matmul(let x, let y): x * y
    case .add(let x, let y): x + y
    }
  }
}

/// The results of all tasks that a worker took.
struct Sum: Codable, Transferable {
  var count = 0
  var total = 0
}

enum Work: WorkFunction {
  static func call(_ tasks: SharedQueue<Calculation>) throws -> Sum { try work(through: tasks) }
}

/// Takes and computes tasks until the queue is closed and empty.
func work(through tasks: SharedQueue<Calculation>) throws -> Sum {
  var sum = Sum()
  for task in tasks {
    sum.count += 1
    sum.total += task.result
  }
  return sum
}
