// One import for everything.
@_exported public import ComplexModule
@_exported public import LinearAlgebra
@_exported public import Multiprocessing
@_exported public import NDArrays
@_exported public import ParallelArrays
@_exported public import ParallelLinearAlgebra
@_exported public import RealModule
@_exported public import SharedMemory
@_exported public import SystemLayer
