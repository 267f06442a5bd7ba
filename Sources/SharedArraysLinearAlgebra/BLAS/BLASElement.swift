internal import CSharedArraysOpenBLAS
public import SharedArraysCore

/// A number type that OpenBLAS computes with: `Double` or `Float`.
///
/// No other type can conform, because only this module creates ``BLASRoutines``.
public protocol BLASElement: SharedArrayElement, BinaryFloatingPoint {
  /// The routines of OpenBLAS for this type.
  static var routines: BLASRoutines<Self> { get }
}

extension Double: BLASElement {
  /// The routines of OpenBLAS whose names begin with `d`.
  // SAFETY: The functions keep no state of this package. Their callers in this module meet the
  // requirements on the arguments.
  public static let routines = unsafe BLASRoutines<Double>(
    dot: cblas_ddot, nrm2: cblas_dnrm2, axpy: cblas_daxpy, scal: cblas_dscal, gemv: cblas_dgemv,
    gemm: cblas_dgemm, syrk: cblas_dsyrk, syevd: sharedarrays_dsyevd)
}

extension Float: BLASElement {
  /// The routines of OpenBLAS whose names begin with `s`.
  // SAFETY: The same as for `Double`.
  public static let routines = unsafe BLASRoutines<Float>(
    dot: cblas_sdot, nrm2: cblas_snrm2, axpy: cblas_saxpy, scal: cblas_sscal, gemv: cblas_sgemv,
    gemm: cblas_sgemm, syrk: cblas_ssyrk, syevd: sharedarrays_ssyevd)
}
