# Measurements more than three standard deviations from the mean, replaced by the median or the mean
# of the others.
import numpy as np

i = np.arange(200)
x = 9 + (i * 37 % 101 / 50) ** 2
x[[20, 90, 170]] = [55, -40, 31]

outlier = np.abs(x - x.mean()) > 3 * x.std()
rest = x[~outlier]
by_median = np.where(outlier, np.median(rest), x)
by_mean = x.copy()
by_mean[outlier] = rest.mean()
print("outliers at", np.flatnonzero(outlier), "are", x[outlier])
print("median and mean of the rest", np.median(rest), rest.mean())
print("with outliers", x.mean(), x.std())
print("by the median", by_median.mean(), by_median.std())
print("by the mean", by_mean.mean(), by_mean.std())
print("quartiles", np.percentile(by_median, [25, 50, 75]))
print("within one deviation", np.clip(x, x.mean() - x.std(), x.mean() + x.std()).max())
