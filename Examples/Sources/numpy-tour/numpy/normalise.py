# Columns of a table, normalised to zero mean and unit standard deviation.
import os
import tempfile

import numpy as np

i, j = np.arange(12)[:, None], np.arange(3)
table = (i * 7 + j * 5) % 11 * 10.0**j
path = os.path.join(tempfile.gettempdir(), f"numpy-tour-{os.getpid()}.csv")
np.savetxt(path, table, delimiter=",")

x = np.loadtxt(path, delimiter=",")
os.remove(path)
z = (x - x.mean(axis=0)) / x.std(axis=0)
print("shape", list(x.shape))
print("means", x.mean(axis=0))
print("deviations", x.std(axis=0))
print(z)
print("standard:", np.allclose(z.mean(axis=0), 0), np.allclose(z.std(axis=0), 1))
