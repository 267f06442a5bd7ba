# The dominant eigenvector by power iteration, compared with LAPACK's.
import numpy as np

i = np.arange(6)
a = 1 / (1 + np.abs(i[:, None] - i))
a += np.diag(i / 4)

v = np.ones(6)
for _ in range(200):
    v = a @ v
    v /= np.linalg.norm(v)
value = v @ a @ v
values, vectors = np.linalg.eigh(a)
exact = vectors[:, -1] * np.sign(vectors[0, -1])
print("values", values)
print("largest", value, np.isclose(value, values[-1]))
print("vector", v)
print("equal:", np.allclose(v, exact))
print("residual is small:", np.linalg.norm(a @ v - value * v) < 1e-10)
print("without it", np.linalg.eigvalsh(a - value * np.outer(v, v))[-1])
