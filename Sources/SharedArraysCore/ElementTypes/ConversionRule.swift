/// The way a conversion between element types treats values that the target type cannot hold.
///
/// Under every rule, a floating-point target gets the nearest number of its type (ties to even),
/// NaN and infinities are preserved in it, Booleans count as 0 and 1, and a real value becomes a
/// complex one with an imaginary part of 0.
public enum ConversionRule: Sendable, Hashable, CaseIterable {
  /// Rejects every value the target cannot hold, with an error that names the first one.
  ///
  /// An integer target rejects NaN, infinities, fractions and values out of its range. A Boolean
  /// target rejects all values but 0 and 1. A floating-point target, or part, rejects finite values
  /// so large that they would become infinite. A real target rejects complex values whose imaginary
  /// part is not 0.
  case checked

  /// Converts to the nearest value of the target, after truncating fractions toward zero.
  ///
  /// An integer target gets its smallest or largest value for values out of its range, including
  /// infinities, and 0 for NaN. A Boolean target behaves like an integer type with the range 0 to
  /// 1. A floating-point target gets its largest finite value, with the sign, for finite values
  /// that would become infinite. A real target gets the real part of a complex value.
  case saturating

  /// Converts like NumPy's `astype`, which rejects nothing.
  ///
  /// An integer target gets the low bits of an integer, or of a floating-point number without its
  /// fraction. Where NumPy leaves the result to the machine, it is defined here: the low bits are
  /// those of the whole number in two's complement however large it is (so 2^32 + 5 gives 5 as
  /// `int32`), and NaN and infinities give 0. A floating-point target gets an infinity for values
  /// that are too large. A Boolean target is true for all values but 0, including NaN. A real
  /// target gets the real part of a complex value. A Boolean target is true for a complex value if
  /// either part is not 0.
  case truncating
}
