// Conway's game of life on a torus, by sums of shifted views.
import SharedArrays

func life() throws {
  var grid = try SharedArray<UInt8>(shape: [8, 10])
  try grid[0..<3, 0..<3].update(from: SharedArray([[0, 1, 0], [0, 0, 1], [1, 1, 1]]))
  for generation in 0..<30 {
    grid = try generation % 2 == 0 ? step(grid) : stepByRolling(grid)
  }
  print("alive", grid.sum())
  print(grid)
  print("cells", try grid.nonZeroIndices())
}

func step(_ grid: SharedArray<UInt8>) throws -> SharedArray<UInt8> {
  let (height, width) = (grid.shape[0], grid.shape[1])
  let wide = try concatenate([grid[.all, .suffix(1)], grid, grid[.all, 0..<1]], axis: 1)
  let padded = try concatenate([wide[.suffix(1)], wide, wide[0..<1]])
  // The sum of all nine cells of a square, minus the centre.
  let neighbours = try -grid
  for i in 0..<3 {
    for j in 0..<3 {
      try neighbours += padded[i..<i + height, j..<j + width]
    }
  }
  return try (neighbours .== 3 .| (grid .== 1 .& neighbours .== 2)).converted(to: UInt8.self)
}

func stepByRolling(_ grid: SharedArray<UInt8>) throws -> SharedArray<UInt8> {
  let total = try SharedArray<UInt8>(shape: grid.shape)
  for i in -1...1 {
    for j in -1...1 { try total += grid.rolled(by: i, axis: 0).rolled(by: j, axis: 1) }
  }
  return try (total .== 3 .| (grid .== 1 .& total .== 4)).converted(to: UInt8.self)
}
