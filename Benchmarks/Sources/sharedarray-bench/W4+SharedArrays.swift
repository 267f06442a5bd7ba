/// Our contenders in W4; none yet.
extension W4 {
  static func sharedArrayDaxpy(_ n: Int) throws -> [Contender] { [] }
  static func sharedArraySum(_ n: Int) throws -> [Contender] { [] }
}
