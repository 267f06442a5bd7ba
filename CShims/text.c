#include "CShimsText.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int cshims_round_to_digits(double value, int count, char *digits, int *exponent) {
  if (!isfinite(value) || count < 1 || count > CSHIMS_MOST_DIGITS) return -EINVAL;
  // Room for the exponent, and for a decimal point of several bytes, which some locales have.
  char text[CSHIMS_MOST_DIGITS + 64];
  snprintf(text, sizeof text, "%.*e", count - 1, fabs(value));
  const char *place = text;
  for (; *place && *place != 'e'; place++)
    if (*place >= '0' && *place <= '9') *digits++ = *place;
  *exponent = *place ? atoi(place + 1) : 0;
  return 0;
}
