import ComplexModule
import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: each `write` gets the buffer of an array that exists until the call returns.

// Helpers of the suites with many damaged inputs: the inputs, and a child that processes them.

/// All element types.
let allElementTypes: [any SharedArrayElement.Type] = [
  Bool.self, Int8.self, Int16.self, Int32.self, Int64.self, UInt8.self, UInt16.self, UInt32.self, UInt64.self,
  Float16.self, Float.self, Double.self, Complex<Float>.self, Complex<Double>.self,
]

/// Every way to read a file.
let fileReaders: [@Sendable (String) throws -> Void] = [
  { _ = try SharedArray<Double>.load(npy: $0) },
  { _ = try SharedArray<Double>.load(converting: $0) },
  { _ = try SharedArray<Double>.mapped(file: $0, access: .readOnly) },
  { _ = try SharedArray<Double>.mapped(file: $0, access: .readWrite) },
  { _ = try SharedArray<Double>.mapped(file: $0, access: .copyOnWrite) },
]

/// The number of damaged inputs that a test tries: 3000, or the value of HOSTILE_INPUTS.
let hostileInputCount: Int = {
  ProcessInfo.processInfo.environment["HOSTILE_INPUTS"].flatMap { Int($0) } ?? 3000
}()

/// Uses one damaged input after another in a forked child. Reports a fault with the seed and the
/// damage. A signal that ends the child is also a fault.
///
/// - Parameters:
///   - attempt: Creates the next input and uses it in the child. Returns nil, or the number of a
///     fault.
///   - replay: Only creates the next input, in this process, and describes it.
func damageInChild(
  seed: UInt64, rounds: Int, attempt: (inout SeededGenerator, _ round: Int) -> Int?,
  replay: (inout SeededGenerator, _ round: Int) -> String
) throws {
  let progress = try SharedWords()
  let ending = try forkedChild(within: .seconds(280)) {
    var random = SeededGenerator(seed: seed)
    for round in 0..<rounds {
      progress[0] = round
      if let fault = attempt(&random, round) {
        progress[1] = fault
        return 1
      }
    }
    return 0
  }
  if ending == .exited(code: 0) { return }
  var random = SeededGenerator(seed: seed)
  for round in 0..<progress[0] { _ = replay(&random, round) }
  let damage = replay(&random, progress[0])
  Issue.record(
    "seed \(seed), round \(progress[0]), fault \(progress[1]): the child \(ending) after \(damage)")
}

/// The bytes of a file, with a record of the changes made to them.
struct DamagedBytes: CustomStringConvertible {
  private(set) var bytes: [UInt8]
  /// The element type with which the file is opened.
  var type: Int
  private var damages: [String]

  var description: String { "\(damages.joined(separator: ", ")); \(bytes.count) bytes, type \(type)" }

  init(_ bytes: [UInt8], type: Int) {
    (self.bytes, self.type, damages) = (bytes, type, [])
  }

  mutating func set(_ offset: Int, to byte: UInt8) {
    guard bytes.indices.contains(offset) else { return }
    bytes[offset] = byte
    damages.append("[\(offset)]=\(byte)")
  }

  mutating func replace(_ start: Int, with new: some Collection<UInt8>, as label: String) {
    let end = min(bytes.count, start + new.count)
    guard start < end else { return }
    bytes.replaceSubrange(start..<end, with: new.prefix(end - start))
    damages.append("[\(start)..<\(end)]=\(label)")
  }

  mutating func resize(to count: Int) {
    damages.append("\(bytes.count) bytes become \(count)")
    bytes = Array(bytes.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - bytes.count))
  }

  /// Sets one to eight bytes, most of them within `places`.
  mutating func scatter(_ places: [Range<Int>], using random: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      let place = Int.random(in: 0..<8, using: &random) > 0 ? places.randomElement(using: &random) : nil
      let offset = Int.random(in: place ?? 0..<max(1, bytes.count), using: &random)
      set(offset, to: UInt8.random(in: 0...255, using: &random))
    }
  }

  /// Sets up to four bytes of the header's text to bytes with a meaning in headers.
  mutating func misspell(using random: inout SeededGenerator) {
    let telling = Array("0123456789()<>|,-'L fiubc{}[]TrueFals".utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      set(Int.random(in: 10..<80, using: &random), to: telling.randomElement(using: &random)!)
    }
  }

  /// Replaces the header with a well-formed one with arbitrary contents.
  mutating func claim(elementCount: Int, paddedTo alignment: Int, using random: inout SeededGenerator) {
    let type = ElementType.allCases.randomElement(using: &random)!
    let odd = [0, 1, 2, 3, elementCount, elementCount / 2, elementCount + 1, 1 << 32, 1 << 59, .max]
    let rank = Int.random(in: 0...10, using: &random)
    let shape = (0..<rank).map { _ in
      Bool.random(using: &random) ? 1 : odd.randomElement(using: &random)!
    }
    let header = NPYHeader.encode(
      elementType: type, shape: shape, fortranOrder: Int.random(in: 0..<4, using: &random) == 0,
      paddedTo: alignment)
    replace(0, with: header, as: "\(type) \(shape)")
  }
}

/// A file in /dev/shm with arbitrary contents. It is held, so that no sweep takes it for an orphan.
struct HeldFile: ~Copyable {
  let name: String
  let descriptor: OwnedDescriptor

  init() throws {
    let name = try freeName()
    let descriptor = try OwnedDescriptor.createSharedMemory(named: name)
    try #require(try descriptor.tryLockShared())
    self.name = name
    self.descriptor = descriptor
  }

  deinit { try? SharedMemoryDirectory.unlink(name) }

  var path: String { "/dev/shm/" + name }

  func write(_ bytes: [UInt8], at offset: Int = 0) throws(SystemError) {
    try unsafe bytes.span.bytes.withUnsafeBytes { bytes throws(SystemError) in
      try unsafe descriptor.write(bytes, at: offset)
    }
  }

  func replace(by bytes: [UInt8]) throws(SystemError) {
    try descriptor.setSize(0)
    try write(bytes)
  }
}
