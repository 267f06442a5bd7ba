// Re-exports all modules, so that a program needs a single import.
@_exported public import ComplexModule
@_exported public import Multiprocessing
@_exported public import RealModule
@_exported public import SharedArraysCore
@_exported public import SharedArraysLinearAlgebra
@_exported public import SharedArraysLocks
@_exported public import SharedArraysMemory
@_exported public import SharedArraysParallel
@_exported public import SharedArraysParallelLinearAlgebra
@_exported public import SharedArraysSystem
@_exported public import SharedArraysTransfer
