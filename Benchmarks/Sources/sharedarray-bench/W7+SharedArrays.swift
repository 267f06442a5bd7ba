/// Our contenders in W7; none yet.
extension W7 {
  static func sharedArrayCreate(byteCount: Int, repetitions: Int) -> [Contender] { [] }

  static func withSharedArrayAttach(
    byteCount: Int, repetitions: Int, _ body: ([Contender]) throws -> Void
  ) throws {
    try body([])
  }
}
