internal import CSharedArraysOpenBLAS

/// The threads of OpenBLAS.
///
/// The program's own number of threads is set by the environment variable `OPENBLAS_NUM_THREADS`,
/// which must have its value before the program starts. This package never changes that number. It
/// changes the number in its worker processes only: to one thread, or to the number that their pool
/// was created with.
public enum BLASThreads {
  /// The number of threads a large computation runs on.
  ///
  /// The corresponding C function is `openblas_get_num_threads`.
  public static var count: Int { Int(openblas_get_num_threads()) }
}
