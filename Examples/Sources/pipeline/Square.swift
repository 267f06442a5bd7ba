import SharedArrays

/// What a worker makes. Its bytes are its value: it is copied into the queue and out of it.
struct Square: BitwiseTransferable, Transferable {
  var number: Int
  var square: Int

  init(of number: Int) {
    self.number = number
    square = number * number
  }
}

/// What the collector has got.
struct Received: Codable, Transferable {
  private(set) var arrived = 0
  private(set) var sum = 0
  private var has: [Bool]

  init(_ count: Int) { has = Array(repeating: false, count: count) }

  mutating func add(_ square: Square) {
    arrived += 1
    sum += square.square
    has[square.number] = true
  }

  var missing: [Int] { has.indices.filter { !has[$0] } }
}
