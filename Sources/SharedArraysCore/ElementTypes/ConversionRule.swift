/// What a conversion between element types does with values that the target cannot hold.
///
/// Under every rule, a floating-point target takes the nearest number it has (ties to even), NaN and the
/// infinities stay what they are in it, Booleans count as 0 and 1, and a real value becomes a complex one whose
/// imaginary part is 0.
public enum ConversionRule: Sendable, Hashable, CaseIterable {
  /// Refuses every value the target cannot hold, with an error that names the first one.
  ///
  /// An integer target refuses NaN, infinities, fractions and what is out of its range; a Boolean target all
  /// but 0 and 1; a floating-point target, or part, finite values so large that they would become infinite; a
  /// real target complex values whose imaginary part is not 0.
  case checked

  /// Takes the nearest value the target has, after fractions have been cut off toward zero.
  ///
  /// An integer target takes its smallest or largest value for what is out of its range, also for infinities,
  /// and 0 for NaN; a Boolean target is an integer one of the range 0 to 1. A floating-point target takes its
  /// largest finite value, with the sign, for finite values that would become infinite. Of a complex value a
  /// real target takes the real part.
  case saturating

  /// Does as NumPy's `astype`, which refuses nothing.
  ///
  /// An integer target takes the low bits of an integer, and of a floating-point number without its fraction.
  /// Where NumPy leaves the result to the machine it is defined here: the low bits are those of the whole
  /// number in two's complement however large it is (so 2^32 + 5 gives 5 as `int32`), and NaN and infinities
  /// give 0. A floating-point target takes an infinity for what is too large. A Boolean target is true for all
  /// values but 0, also for NaN. Of a complex value a real target takes the real part, a Boolean one whether
  /// either part is not 0.
  case truncating
}
