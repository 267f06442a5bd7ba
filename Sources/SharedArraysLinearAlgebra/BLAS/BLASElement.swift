internal import CSharedArraysOpenBLAS
public import SharedArraysCore

/// A number that OpenBLAS computes with: `Double` or `Float`.
///
/// No other type can conform, since only this module makes ``BLASRoutines``.
public protocol BLASElement: SharedArrayElement, BinaryFloatingPoint {
  /// The routines of OpenBLAS for this type.
  static var routines: BLASRoutines<Self> { get }
}

extension Double: BLASElement {
  /// The routines of OpenBLAS whose names begin with `d`.
  // SAFETY: the functions have no state of ours; what they need of their arguments, their callers here see
  // to.
  public static let routines = unsafe BLASRoutines<Double>(
    dot: cblas_ddot, nrm2: cblas_dnrm2, axpy: cblas_daxpy, scal: cblas_dscal, gemv: cblas_dgemv,
    gemm: cblas_dgemm, syrk: cblas_dsyrk, syevd: sharedarrays_dsyevd)
}

extension Float: BLASElement {
  /// The routines of OpenBLAS whose names begin with `s`.
  // SAFETY: as for `Double`.
  public static let routines = unsafe BLASRoutines<Float>(
    dot: cblas_sdot, nrm2: cblas_snrm2, axpy: cblas_saxpy, scal: cblas_sscal, gemv: cblas_sgemv,
    gemm: cblas_sgemm, syrk: cblas_ssyrk, syevd: sharedarrays_ssyevd)
}
