/// The words of a command.
struct Arguments {
  let words: [String]

  init(_ words: [String]) { self.words = words }

  var command: String { words.first ?? "" }
  var count: Int { words.count }

  func has(_ index: Int, _ word: String) -> Bool { index < words.count && words[index] == word }

  func text(_ index: Int) throws -> String {
    guard index < words.count else { throw AgentFailure(text: "\(command) needs \(index) arguments") }
    return words[index]
  }

  func number(_ index: Int, radix: Int = 10) throws -> Int {
    guard let number = Int(try text(index), radix: radix) else {
      throw AgentFailure(text: "\(words[index]) is not a number")
    }
    return number
  }
}
