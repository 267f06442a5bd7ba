import SharedArrays

/// A task. It is encoded, as any `Codable` type can be.
enum Calculation: Codable, Transferable {
  case multiply(Int, Int)
  case add(Int, Int)

  var result: Int {
    switch self {
    case .multiply(let x, let y): x * y
    case .add(let x, let y): x + y
    }
  }
}

/// What a worker has made of all that it took.
struct Sum: Codable, Transferable {
  var count = 0
  var total = 0
}

enum Work: WorkFunction {
  static func call(_ tasks: SharedQueue<Calculation>) throws -> Sum { try work(through: tasks) }
}

/// Does tasks until the queue is closed and empty.
func work(through tasks: SharedQueue<Calculation>) throws -> Sum {
  var sum = Sum()
  for task in tasks {
    sum.count += 1
    sum.total += task.result
  }
  return sum
}
