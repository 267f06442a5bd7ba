# An image as an array of bytes: crop, flip, downsample by the means of blocks, threshold.
import numpy as np

row, column = np.arange(48)[:, None], np.arange(64)
image = (((row - 20) ** 2 + (column - 40) ** 2) // 4).clip(0, 255).astype(np.uint8)

crop = image[8:40, 16:56]
mirrored = crop[:, ::-1]
height, width = crop.shape
small = crop.reshape(height // 8, 8, width // 8, 8).mean(axis=(1, 3))
mask = np.where(small > small.mean(), 255, 0).astype(np.uint8)
border = crop[1:-1, 1:-1]
print("crop", list(crop.shape), crop.sum(), "mirrored", mirrored[24, :4])
print(small)
print(mask)
print("border", int(crop.sum()) - int(border.sum()), "last row", crop[-1, -3:])
print("inverted", (255 - small[0]).round())
