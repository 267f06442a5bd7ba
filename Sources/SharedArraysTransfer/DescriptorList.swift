package import SharedArraysSystem

/// The file descriptors of a message. Descriptors that have not been taken are closed with the
/// list.
package struct DescriptorList: ~Copyable {
  /// The descriptors; -1 where one has been taken.
  package private(set) var rawValues: [CInt] = []

  package init() {}

  deinit {
    for descriptor in rawValues where descriptor >= 0 { _ = OwnedDescriptor(owning: descriptor) }
  }

  /// Appends a descriptor and returns the index by which it can be taken.
  package mutating func append(_ descriptor: consuming OwnedDescriptor) -> Int {
    rawValues.append(descriptor.release())
    return rawValues.count - 1
  }

  /// Takes the descriptor at `index`. Returns nil if the list has none there, or it has already
  /// been taken.
  package mutating func take(at index: Int) -> OwnedDescriptor? {
    guard rawValues.indices.contains(index), rawValues[index] >= 0 else { return nil }
    defer { rawValues[index] = -1 }
    return OwnedDescriptor(owning: rawValues[index])
  }

  /// Takes the last descriptor. Returns nil if the list has none, or it has already been taken.
  package mutating func takeLast() -> OwnedDescriptor? { take(at: rawValues.count - 1) }
}
