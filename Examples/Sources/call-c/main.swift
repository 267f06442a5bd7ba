// Passes views of shared arrays to C and to Fortran, without a copy.
import CMatrix
import SharedArrays

/// Passes a view to C code that accepts a stride for each axis, and thus any view.
func callC() throws {
  let x = try SharedArray<Double>(shape: [4, 6])
  for i in 0..<4 { for j in 0..<6 { x[i, j] = Double(10 * i + j) } }

  // Three rows, and every second column in reverse order.
  let view = x[1..<4, .stride(by: -2)]
  print("A view with strides \(view.strides):\n\(view)")
  // SAFETY: scale_rows accesses only elements within the shape, and reads one factor per row.
  unsafe view.withUnsafeMutableStridedPointer { pointer, shape, strides in
    unsafe scale_rows(pointer, Array(shape), Array(strides), [1, 10, -1])
  }
  print("Its rows multiplied by 1, 10 and -1 in C:\n\(view)")
  print("The array behind it:\n\(x)")
}

/// Passes a matrix to Fortran code, which requires contiguous columns.
///
/// A new array is row-major, so the columns of its transpose are contiguous, also in a slice of its
/// rows.
func callFortran() throws {
  let columns = try SharedArray<Double>([[1, 2, 3, -1], [10, 20, 60, -1]].flatMap { $0 }, shape: [2, 4])
  let a = columns.transposed()[0..<3, .all]
  let means = try SharedArray<Double>(shape: [2])
  precondition(a.strides[0] == 1, "The elements of a column must be contiguous.")
  // SAFETY: center_columns_ accesses only elements within rows, columns and leading dimension, and
  // one mean per column.
  unsafe a.withUnsafeMutableStridedPointer { pointer, shape, strides in
    var (rows, columns, leadingDimension) = (CInt(shape[0]), CInt(shape[1]), CInt(strides[1]))
    unsafe means.withUnsafeMutableStridedPointer { means, _, _ in
      unsafe center_columns_(pointer, &rows, &columns, &leadingDimension, means)
    }
  }
  print("Columns minus their means \(means), with Fortran's conventions:\n\(a)")
  print("The array behind them, its last column untouched:\n\(columns)")
}

try callC()
try callFortran()
