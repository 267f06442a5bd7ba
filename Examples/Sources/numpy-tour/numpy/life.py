# Conway's game of life on a torus, by sums of shifted views.
import numpy as np

grid = np.zeros((8, 10), dtype=np.uint8)
grid[:3, :3] = [[0, 1, 0], [0, 0, 1], [1, 1, 1]]
height, width = grid.shape


def step(grid):
    padded = np.pad(grid, 1, mode="wrap")
    neighbours = sum(
        padded[i : i + height, j : j + width] for i in range(3) for j in range(3) if (i, j) != (1, 1)
    )
    return ((neighbours == 3) | ((grid == 1) & (neighbours == 2))).astype(np.uint8)


def step_by_rolling(grid):
    rolled = [np.roll(grid, (i, j), axis=(0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    total = np.sum(rolled, axis=0)
    return ((total == 3) | ((grid == 1) & (total == 4))).astype(np.uint8)


for generation in range(30):
    grid = step_by_rolling(grid) if generation % 2 else step(grid)
print("alive", grid.sum())
print(grid)
print("cells", np.argwhere(grid))
