internal import CSharedArraysOpenBLAS

/// The threads that OpenBLAS computes with.
///
/// This package never changes their number in the program itself; workers compute with one, or with as many as their pool was
/// made with. The environment variable `OPENBLAS_NUM_THREADS` sets it before the program starts.
public enum BLASThreads {
  /// The number of threads a large computation runs on.
  ///
  /// The corresponding C function is `openblas_get_num_threads`.
  public static var count: Int { Int(openblas_get_num_threads()) }
}
