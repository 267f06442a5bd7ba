// An image as an array of bytes: crop, flip, downsample by the means of blocks, threshold.
import SharedArrays

func images() throws {
  let image = try SharedArray<UInt8>(shape: [48, 64]) { index in
    let (row, column) = (index[0] - 20, index[1] - 40)
    return UInt8(clamping: (row * row + column * column) / 4)
  }

  let crop = image[8..<40, 16..<56]
  let mirrored = crop.flipped(axis: 1)
  let (height, width) = (crop.shape[0], crop.shape[1])
  let small = try crop.reshaped([height / 8, 8, width / 8, 8]).mean(axes: [1, 3])
  let mask = try (small .> small.mean()).converted(to: UInt8.self) * 255
  let border = crop[.trimming(1), .trimming(1)]
  print("crop", crop.shape, crop.sum(), "mirrored", mirrored[24, 0..<4])
  print(small)
  print(mask)
  print("border", crop.sum() - border.sum(), "last row", crop[.last, .suffix(3)])
  print("inverted", try (255 - small[0, .all]).map(.rounded))
}
