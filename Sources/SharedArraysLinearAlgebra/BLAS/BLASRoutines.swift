internal import CSharedArraysOpenBLAS
public import SharedArraysCore

/// The routines of OpenBLAS for one element type, for use by this module.
///
/// A generic caller reaches a routine by a single indirect call through this table.
@safe public final class BLASRoutines<Element: SharedArrayElement>: Sendable {
  typealias Source = UnsafePointer<Element>
  typealias Target = UnsafeMutablePointer<Element>

  typealias Dot = @Sendable (CInt, Source, CInt, Source, CInt) -> Element
  typealias Nrm2 = @Sendable (CInt, Source, CInt) -> Element
  typealias Axpy = @Sendable (CInt, Element, Source, CInt, Target, CInt) -> Void
  typealias Scal = @Sendable (CInt, Element, Target, CInt) -> Void
  typealias Gemv =
    @Sendable (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CInt, CInt, Element, Source, CInt, Source, CInt, Element, Target, CInt
    ) -> Void
  typealias Gemm =
    @Sendable (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, CInt, CInt, CInt, Element, Source, CInt, Source, CInt,
      Element, Target, CInt
    ) -> Void
  typealias Syrk =
    @Sendable (
      CBLAS_ORDER, CBLAS_UPLO, CBLAS_TRANSPOSE, CInt, CInt, Element, Source, CInt, Element, Target, CInt
    ) -> Void
  typealias Syevd =
    @Sendable (
      CInt, Target?, Target?, Target, CInt, UnsafeMutablePointer<CInt>, CInt
    ) -> CInt

  let dot: Dot
  let nrm2: Nrm2
  let axpy: Axpy
  let scal: Scal
  let gemv: Gemv
  let gemm: Gemm
  let syrk: Syrk
  let syevd: Syevd

  init(
    dot: @escaping Dot, nrm2: @escaping Nrm2, axpy: @escaping Axpy, scal: @escaping Scal,
    gemv: @escaping Gemv, gemm: @escaping Gemm, syrk: @escaping Syrk, syevd: @escaping Syevd
  ) {
    // SAFETY: Storing a function does not call it. The callers are responsible for the pointers.
    unsafe self.dot = dot
    unsafe self.nrm2 = nrm2
    unsafe self.axpy = axpy
    unsafe self.scal = scal
    unsafe self.gemv = gemv
    unsafe self.gemm = gemm
    unsafe self.syrk = syrk
    unsafe self.syevd = syevd
  }
}
