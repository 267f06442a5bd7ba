import Glibc

/// An input shows a fault: libFuzzer prints the input and ends.
func fail(_ invariant: String) -> Never {
  fatalError("broken invariant: \(invariant)")
}

/// libFuzzer's own mutation: changes bytes in place and returns their new number.
@_extern(c, "LLVMFuzzerMutate")
func mutateBytes(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int) -> Int

/// The random numbers of a custom mutation, from the seed libFuzzer hands to it.
struct Seeded {
  private var state: UInt64

  init(_ seed: UInt32) { state = UInt64(seed) | 1 << 32 }

  mutating func number(below limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(truncatingIfNeeded: (state >> 16) % UInt64(limit))
  }
}
