# Distances between points by broadcasting, and nearest neighbours.
import numpy as np

i = np.arange(10)
points = np.stack([i * 37 % 101, i * 53 % 97, i * i % 23], axis=1) / 10.0

difference = points[:, None, :] - points[None, :, :]
distances = np.sqrt((difference**2).sum(axis=-1))
np.fill_diagonal(distances, np.inf)
neighbours = np.argsort(distances, axis=1)[:, :3]
print("differences", list(difference.shape))
print("nearest", distances.argmin(axis=1))
print(neighbours)
print(distances[0])
row, column = np.unravel_index(distances.argmin(), distances.shape)
print("closest pair", row, column, distances.min())
