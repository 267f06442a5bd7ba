import SharedArrays

/// The result of a worker. It is bitwise transferable: the queue copies its bytes.
struct Square: BitwiseTransferable, Transferable {
  var number: Int
  var square: Int

  init(of number: Int) {
    self.number = number
    square = number * number
  }
}

/// The squares that the collector has received.
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
