internal import Synchronization

/// A 64-bit fingerprint of a type. It distinguishes types by name and layout.
package enum TypeFingerprint {
  package static func of<Value>(_ type: Value.Type) -> UInt64 {
    let key = UInt(bitPattern: ObjectIdentifier(type))
    // The addresses of types are multiples of at least 8.
    let home = Int(truncatingIfNeeded: key >> 3 ^ key >> 11)
    for probe in 0..<4 {
      let slot = (home &+ probe) & (slotCount - 1)
      switch keys[slot].load(ordering: .acquiring) {
      case key: return values[slot].load(ordering: .relaxed)
      case 0: return fill(slot, key, compute(type))
      default: continue
      }
    }
    return compute(type)
  }

  // A forked child inherits the table. The table has no lock that it could inherit in a locked
  // state: one thread claims, fills and publishes a slot.

  private static let slotCount = 1024
  private static let claimed: UInt = 1
  private static let keys = InlineArray<1024, Atomic<UInt>> { _ in Atomic(0) }
  private static let values = InlineArray<1024, Atomic<UInt64>> { _ in Atomic(0) }

  private static func fill(_ slot: Int, _ key: UInt, _ value: UInt64) -> UInt64 {
    if keys[slot].compareExchange(expected: 0, desired: claimed, ordering: .relaxed).exchanged {
      values[slot].store(value, ordering: .relaxed)
      keys[slot].store(key, ordering: .releasing)
    }
    return value
  }

  /// Returns the FNV-1a hash of the type's name and the numbers of its layout.
  private static func compute<Value>(_ type: Value.Type) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    // The name of a private type contains an address, such as "(unknown context at $7f00b8c1)". The
    // address differs in a process that was not forked from this one, so it is skipped.
    var isAddress = false
    for byte in String(reflecting: type).utf8 {
      if byte == UInt8(ascii: "$") { isAddress = true }
      if byte == UInt8(ascii: ")") { isAddress = false }
      if !isAddress { mix(byte) }
    }
    for number in [MemoryLayout<Value>.size, MemoryLayout<Value>.alignment] {
      for shift in stride(from: 0, to: 64, by: 8) { mix(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    return hash
  }
}
