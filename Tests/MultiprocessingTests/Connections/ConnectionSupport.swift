import Glibc
import Multiprocessing
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

/// Returns the error that `body` throws; nil if it throws none.
func connectionError(_ body: () throws -> Void) -> ConnectionError? {
  do {
    try body()
    return nil
  } catch { return error as? ConnectionError }
}

/// Returns bytes that differ for each seed.
func patterned(_ count: Int, seed: Int = 1) -> [UInt8] {
  // SAFETY: every index is smaller than `count`. Beyond 1 MiB the loop skips bytes, which keep what
  // the memory held; any value is a valid byte.
  unsafe [UInt8](unsafeUninitializedCapacity: count) { place, filled in
    var value = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 | 1
    var index = 0
    while index < count {
      // A step of odd length, so that no two pages are equal.
      value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      unsafe place[index] = UInt8(truncatingIfNeeded: value >> 56)
      index += count > 1 << 20 && index > 4096 && index < count - 4096 ? 509 : 1
    }
    filled = count
  }
}

/// Returns whether the bytes that `patterned` sets for this count have the values it gives them.
func isPatterned(_ bytes: [UInt8], seed: Int = 1) -> Bool {
  var value = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 | 1
  var index = 0
  while index < bytes.count {
    value = value &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    if bytes[index] != UInt8(truncatingIfNeeded: value >> 56) { return false }
    index += bytes.count > 1 << 20 && index > 4096 && index < bytes.count - 4096 ? 509 : 1
  }
  return true
}

/// CRC-32 as in zlib.
func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { crc, byte in crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
}

private let crcTable: [UInt32] = (0..<256).map { number in
  var crc = UInt32(number)
  for _ in 0..<8 {
    let isOdd = crc & 1 == 1
    crc >>= 1
    if isOdd { crc ^= 0xedb8_8320 }
  }
  return crc
}

/// A message of random length that carries its own checksum.
struct CheckedFrame: Codable, Equatable, Transferable {
  var writer: Int
  var number: Int
  var bytes: [UInt8]
  var crc: UInt32

  init(writer: Int, number: Int, byteCount: Int) {
    self.writer = writer
    self.number = number
    bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* number &+ writer) }
    crc = crc32(bytes)
  }

  var isWhole: Bool { crc == crc32(bytes) }
}

/// A value that contains an end of a connection.
struct Introduction: Codable, Transferable {
  var name: String
  var connection: Connection
}

// MARK: - Work functions

/// Sends the square of each received number until the other end is closed; returns the count.
enum SquareAll: WorkFunction {
  static func call(_ connection: Connection) throws -> Int {
    var count = 0
    while let number = try connection.next(Int.self) {
      try connection.send(number * number)
      count += 1
    }
    return count
  }
}

/// Sends a greeting over each connection that it receives over its connection.
enum Introduce: WorkFunction {
  static func call(_ connection: Connection) throws -> NoValue {
    while let introduction = try connection.next(Introduction.self) {
      try introduction.connection.send("hello, " + introduction.name)
    }
    return NoValue()
  }
}

/// Waits for a message that is never sent.
enum WaitForEver: WorkFunction {
  static func call(_ connection: Connection) throws -> Int { try connection.receive(Int.self) }
}

/// Sends patterned messages without end; the input contains the first byte count.
struct Flood: Codable, Transferable {
  var connection: Connection
  var byteCount: Int
}

enum SendFlood: WorkFunction {
  static func call(_ flood: Flood) throws -> Int {
    let bytes = patterned(flood.byteCount)
    while true { try flood.connection.sendBytes(bytes) }
  }
}

enum TakeFlood: WorkFunction {
  static func call(_ connection: Connection) throws -> Int {
    while true { _ = try connection.receiveBytes() }
  }
}

/// Sends frames, numbered from 0.
struct Writing: Codable, Transferable {
  var connection: Connection
  var writer: Int
  var count: Int
}

enum WriteFrames: WorkFunction {
  static func call(_ writing: Writing) throws -> Int {
    var dice = Dice(state: UInt64(writing.writer))
    for number in 0..<writing.count {
      let byteCount = number % 50 == 49 ? 60_000 + dice.roll(12_000) : dice.roll(6_000)
      try writing.connection.send(CheckedFrame(writer: writing.writer, number: number, byteCount: byteCount))
    }
    return writing.count
  }
}
