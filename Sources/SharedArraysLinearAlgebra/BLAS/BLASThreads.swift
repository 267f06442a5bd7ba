internal import CSharedArraysOpenBLAS

/// The threads of OpenBLAS.
///
/// This package never changes their number in the program itself. Workers compute with one thread,
/// or with the number that their pool was created with. The environment variable
/// `OPENBLAS_NUM_THREADS` sets the number before the program starts.
public enum BLASThreads {
  /// The number of threads a large computation runs on.
  ///
  /// The corresponding C function is `openblas_get_num_threads`.
  public static var count: Int { Int(openblas_get_num_threads()) }
}
