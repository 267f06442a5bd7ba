# A histogram by hand: bins, counts, and the sum of each bin.
import numpy as np

i = np.arange(500)
x = i * 211 % 503 / 503 * (i * 89 % 499 / 499)
bins = 8
edges = np.linspace(x.min(), x.max(), bins + 1)

bin_of = ((x - edges[0]) / (edges[-1] - edges[0]) * bins).astype(int)
bin_of = np.minimum(bin_of, bins - 1)
counts = np.bincount(bin_of, minlength=bins)
means = np.bincount(bin_of, weights=x, minlength=bins) / counts
print("edges", edges)
print("counts", counts)
print("means", means)
print("density", counts / (counts.sum() * np.diff(edges)))
for low, count in zip(edges, counts):
    print(f"{low:5.2f}", "#" * (count // 4))
