internal import CSharedArraysOpenBLAS

/// The OpenBLAS library behind this module.
public enum OpenBLAS {
  /// The version and build options, such as "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY Haswell
  /// MAX_THREADS=64".
  ///
  /// The corresponding C function is `openblas_get_config`.
  public static var configuration: String {
    // SAFETY: The function returns a zero-terminated string that lives as long as the process.
    unsafe String(cString: openblas_get_config())
  }

  /// The processor whose kernels are used, such as "SkylakeX".
  ///
  /// The corresponding C function is `openblas_get_corename`.
  public static var core: String {
    // SAFETY: The same as in `configuration`.
    unsafe String(cString: openblas_get_corename())
  }
}
