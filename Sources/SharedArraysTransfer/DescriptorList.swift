package import SharedArraysSystem

/// The file descriptors that travel with a message; those nobody takes are closed with the list.
package struct DescriptorList: ~Copyable {
  /// Negative where a descriptor has been taken.
  package private(set) var rawValues: [CInt] = []

  package init() {}

  deinit {
    for descriptor in rawValues where descriptor >= 0 { _ = OwnedDescriptor(owning: descriptor) }
  }

  /// Returns the index by which the descriptor can be taken.
  package mutating func append(_ descriptor: consuming OwnedDescriptor) -> Int {
    rawValues.append(descriptor.release())
    return rawValues.count - 1
  }

  /// The descriptor at `index`; nil if there is none, or it has been taken before.
  package mutating func take(at index: Int) -> OwnedDescriptor? {
    guard rawValues.indices.contains(index), rawValues[index] >= 0 else { return nil }
    defer { rawValues[index] = -1 }
    return OwnedDescriptor(owning: rawValues[index])
  }

  /// The last descriptor; nil if there is none, or it has been taken before.
  package mutating func takeLast() -> OwnedDescriptor? { take(at: rawValues.count - 1) }
}
