/// Our contenders in W5; none yet.
extension W5 {
  static func sharedArrayMultiply<Element>(_ type: Element.Type, _ n: Int) throws -> [Contender] { [] }
}
