import Foundation
import Testing

// Comments are plain English with the subject first: Documentation/Style.md has the rules. These
// are the constructions that a regular expression can find.

@Suite("Prose")
struct ProseTests {
  @Test(arguments: ["Sources", "CShims", "Tests"])
  func `comments put the subject first, name the actor and use the terms of the field`(folder: String) throws
  {
    let files = try projectFiles(under: folder, extensions: ["swift", "c", "h"])
    try #require(!files.isEmpty)
    report(
      files.flatMap { file in
        file.comments.flatMap { line, text in faults(in: text).map { "\(file.path):\(line): \($0): \(text)" }
        }
      })
  }
}

/// The rejected constructions, each with what to write instead.
///
/// The list is never changed, but `Regex` is not `Sendable`.
nonisolated(unsafe) private let constructions: [(fault: String, pattern: Regex<Substring>)] = [
  (
    "a fronted relative or connective; begin with the subject",
    #/(?:^|[.:;!?] )(?:Who|Whoever|What|Of|As|So|Also|Else|Such)\b(?! far\b)/#
  ),
  (
    "an unnamed actor; name the process, the caller or the worker",
    #/\b(?i:somebody|someone|nobody|anybody)\b/#
  ),
  ("'tells'; write returns, reports or says", #/\b(?:[Tt]ells?|[Tt]old)\b/#),
  ("'so many'; give the number a name", #/\b(?:so|as|how) many\b/#),
  ("'stands'; write is", #/\b[Ss]tands\b/#),
  ("an archaic word; use today's", #/\b(?i:anew|begun|for want of|comes to|is to be|are to be|is had)\b/#),
]

private func faults(in text: String) -> [String] {
  // SAFETY: the list is constant.
  unsafe constructions.filter { text.contains($0.pattern) }.map(\.fault)
}

@Suite("Prose rules")
struct ProseRuleTests {
  @Test(arguments: [
    "Who holds the lock removes the name.", "Waits. As nobody holds it, it is free.",
    "It tells how many there are.",
    "The elements, which stands in memory.", "The lock is taken anew.", "What is told of how far it is.",
    "Of no arrays none can be made.", "Somebody has removed it.", "The count is to be checked.",
  ])
  func `a construction that is hard to read is found`(text: String) {
    #expect(!faults(in: text).isEmpty)
  }

  @Test(arguments: [
    "The holder of the lock removes the name.", "Waits as long as another process holds it.",
    "Returns the number of elements, so that callers can reserve room.",
    "So far, no worker has ended.", "Returns what the worker returned.", "Whether the lock is free.",
  ])
  func `plain English passes`(text: String) {
    #expect(faults(in: text) == [])
  }
}
