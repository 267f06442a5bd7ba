import SharedArraysMemory

/// Creates segments with generated names one after the other; no name may occur twice.
enum Draw {
  static func run(count: Int) throws -> String {
    var names: Set<String> = []
    for _ in 0..<count {
      guard let name = try Content.create(.generated, byteCount: 8, .temporary).name,
        names.insert(name).inserted
      else { throw AgentFailure(text: "a name was repeated after \(names.count) names") }
    }
    return "\(names.count) different names"
  }
}
