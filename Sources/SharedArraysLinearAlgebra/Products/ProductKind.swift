internal import ComplexModule
internal import SharedArraysCore

/// The kind of a number type whose matrices OpenBLAS multiplies.
public struct ProductKind: BitwiseCopyable, Hashable, Sendable {
  enum Value: UInt8 {
    case single, double, complexSingle, complexDouble
  }

  let value: Value

  /// The size of a number in bytes.
  package var byteCount: Int {
    switch value {
    case .single: 4
    case .double, .complexSingle: 8
    case .complexDouble: 16
    }
  }
}
