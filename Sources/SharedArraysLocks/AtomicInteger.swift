internal import SharedArraysMemory
public import SharedArraysTransfer
internal import Synchronization

/// An integer of four or eight bytes, which every processor can change atomically. No other types
/// conform.
public protocol AtomicInteger: FixedWidthInteger & BitwiseTransferable {}
