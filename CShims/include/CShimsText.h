/// Numbers as text, independent of the locale of the process.
#ifndef CSHIMS_TEXT_H
#define CSHIMS_TEXT_H

#pragma clang assume_nonnull begin

enum { CSHIMS_MOST_DIGITS = 40 };

/// Rounds a finite number to `count` decimal digits, 1 to CSHIMS_MOST_DIGITS, half to even. Stores
/// the digits as ASCII without a sign or a decimal point, and the power of ten of the first one.
/// -EINVAL for any other number or count.
int cshims_round_to_digits(double value, int count, char *digits, int *exponent);

#pragma clang assume_nonnull end
#endif
