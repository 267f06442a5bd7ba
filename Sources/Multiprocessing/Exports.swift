// A program that uses processes alone needs one import.
@_exported public import SharedArraysLocks
@_exported public import SharedArraysMemory
@_exported public import SharedArraysTransfer
