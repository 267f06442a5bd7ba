// The dominant eigenvector by power iteration, compared with LAPACK's.
import SharedArrays

func powerIteration() throws {
  let i = try SharedArray<Double>.arange(6)
  let a = try 1 / (1 + (i[.all, .newAxis] - i).map(.magnitude))
  try a.diagonal() += i / 4

  var v = try SharedArray<Double>(repeating: 1, shape: [6])
  for _ in 0..<200 {
    v = try matmul(a, v)
    v /= v.norm()
  }
  let value = try v.dot(matmul(a, v))
  let eigen = try eigh(a)
  let exact = try eigen.vectors[.all, .last] * (eigen.vectors[0, 5] < 0 ? -1 : 1)
  print("values", eigen.values)
  print("largest", value, eigen.values[.last].allClose(value))
  print("vector", v)
  print("equal:", v.allClose(exact))
  print("residual is small:", try (matmul(a, v) - v * value).norm() < 1e-10)
  print("without it", try eigh(a - value * v[.all, .newAxis] * v).values[.last])
}
