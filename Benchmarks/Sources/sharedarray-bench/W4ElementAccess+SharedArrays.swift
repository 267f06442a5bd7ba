/// Our contenders in element access; none yet.
extension W4 {
  static func sharedArrayAccess() throws -> [Contender] { [] }
}
