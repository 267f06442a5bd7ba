internal import ComplexModule

extension ElementType {
  /// The Swift type of elements of this type, for code that learns the type at run time:
  ///
  ///     func total<Element: SharedArrayElement>(_ type: Element.Type, of name: String) throws { … }
  ///     try total(SharedArrayInfo.of(name).elementType.swiftType, of: name)
  public var swiftType: any SharedArrayElement.Type {
    switch self {
    case .bool: Bool.self
    case .int8: Int8.self
    case .int16: Int16.self
    case .int32: Int32.self
    case .int64: Int64.self
    case .uint8: UInt8.self
    case .uint16: UInt16.self
    case .uint32: UInt32.self
    case .uint64: UInt64.self
    case .float16: Float16.self
    case .float32: Float.self
    case .float64: Double.self
    case .complex64: Complex<Float>.self
    case .complex128: Complex<Double>.self
    }
  }
}
