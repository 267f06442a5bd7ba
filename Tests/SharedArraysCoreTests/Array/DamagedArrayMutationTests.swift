import Foundation
import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

// SAFETY: each `write` gets the buffer of an array that exists until the call returns.

/// Damages real segments and files at random and uses them with every operation in another process.
/// The outcome must be a typed error, or an array that lies within its file. If a signal ends the
/// child, the test fails.
///
/// The environment variable HOSTILE_INPUTS=100000 sets the number of inputs, instead of 3000.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DamagedArrayMutationTests {
  private static let seeds: [UInt64] = [1, 2, 3]
  private static var rounds: Int { hostileInputCount / seeds.count }

  // MARK: - Segments

  @Test(arguments: seeds)
  func `a damaged segment is refused with an error or attached whole`(seed: UInt64) throws {
    let originals = try segments()
    let file = try HeldFile()
    for (type, bytes) in originals.enumerated() {
      try file.replace(by: bytes)
      try #require(fault(of: file.name, bytes.count, type) == nil)
    }
    let attached = try SharedWords()
    try damageInChild(seed: seed, rounds: Self.rounds) { random, round in
      let damaged = Self.damage(originals, using: &random)
      guard (try? file.replace(by: damaged.bytes)) != nil else { return 99 }
      return fault(of: file.name, damaged.bytes.count, damaged.type, attached)
    } replay: { random, _ in
      Self.damage(originals, using: &random).description
    }
    #expect(attached[0] > Self.rounds / 50, "some damaged inputs are accepted")
    #expect(attached[1] > Self.rounds / 10, "some damaged inputs are refused")
  }

  /// Segments of every element type and rank, with their headers and control pages.
  private func segments() throws -> [[UInt8]] {
    func segment<Element: SharedArrayElement>(_ type: Element.Type, _ shape: Shape) throws -> [UInt8] {
      let array = try SharedArray<Element>.create(.generated, shape: shape)
      return try [UInt8](Data(contentsOf: URL(filePath: "/dev/shm/" + #require(array.name))))
    }
    return try allElementTypes.enumerated().map { number, type in
      let shapes: [Shape] = shapesOfEveryRank + [[1000], [0, 3]]
      return try segment(type, shapes[number % shapes.count])
    }
  }

  private static func damage(_ originals: [[UInt8]], using random: inout SeededGenerator) -> DamagedBytes {
    let type = originals.indices.randomElement(using: &random)!
    let other = originals.randomElement(using: &random)!
    var damaged = DamagedBytes(originals[type], type: type)
    let page = damaged.bytes.count - 4096
    switch Int.random(in: 0..<9, using: &random) {
    case 0: damaged.scatter([10..<100, page..<page + 64], using: &random)
    case 1: damaged.misspell(using: &random)
    case 2: damaged.resize(to: Int.random(in: 0...damaged.bytes.count, using: &random))
    case 3: damaged.resize(to: damaged.bytes.count + Int.random(in: 1...10_000, using: &random))
    case 4: damaged.replace(0, with: other.prefix(4096), as: "another header")
    case 5: damaged.replace(page, with: other.suffix(4096), as: "another control page")
    case 6: damaged.claim(elementCount: (page - 4096) / 8, paddedTo: 4096, using: &random)
    case 7: damaged.replace(page, with: oddControlPage(page, using: &random), as: "an odd control page")
    default:
      // Both are complete, in a file with room for the data of neither or one of them.
      damaged.resize(to: [8192, 12_288, 16_384, 20_480].randomElement(using: &random)!)
      damaged.replace(0, with: other.prefix(4096), as: "another header")
      damaged.replace(damaged.bytes.count - 4096, with: other.suffix(4096), as: "its control page")
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      damaged.type = originals.indices.randomElement(using: &random)!
    }
    return damaged
  }

  /// Returns a control page with a correct checksum and possibly wrong numbers.
  private static func oddControlPage(_ size: Int, using random: inout SeededGenerator) -> [UInt8] {
    let odd = [0, 1, 7, 8, size, size - 1, size + 1, size - 4096, size - 4095, 1 << 40, .max, .max - 4095]
    let words: [UInt64] = [
      0x0159_4152_5241_4853, 1 | 1 << 32, 1, UInt64.random(in: 0...2, using: &random),
      UInt64([0, 4095, 4096, 4096, 4096, 8192, size].randomElement(using: &random)!),
      UInt64(bitPattern: Int64(odd.randomElement(using: &random)!)), UInt64.random(in: 0...9, using: &random),
    ]
    var checksum: UInt64 = 0xcbf2_9ce4_8422_2325
    for word in words { checksum = (checksum ^ word) &* 0x100_0000_01b3 }
    return (words + [checksum]).flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
  }

  /// Attaches, reads and copies the segment. Returns the number of a fault, or nil.
  private func fault(
    of name: String, _ fileByteCount: Int, _ type: Int, _ attached: SharedWords? = nil
  ) -> Int? {
    func fault<Element: SharedArrayElement>(_: Element.Type) -> Int? {
      let verbs: [() throws -> Int?] = [
        { Self.fault(in: try SharedArray<Element>.attach(name), fileByteCount - 8192) },
        { Self.fault(in: try SharedArray<Element>.attach(name, access: .readOnly), fileByteCount - 8192) },
        { Self.fault(in: try SharedArray<Element>.loadCopy(of: name), fileByteCount - 8192) },
        { Self.fault(in: try SharedArray<Element>.openOrCreate(name, shape: [5]), fileByteCount - 8192) },
      ]
      for (number, verb) in verbs.enumerated() {
        do {
          if let fault = try verb() { return 10 * number + fault }
          attached?.add(1, to: 0)
        } catch let error as SharedMemoryError where [.notASegment, .mismatch].contains(error.code) {
          if error.description.isEmpty { return 10 * number + 8 }
          attached?.add(1, to: 1)
        } catch {
          return 10 * number + 9
        }
      }
      return nil
    }
    return fault(allElementTypes[type])
  }

  /// Reads the first, the last and all elements. Returns the number of a fault, or nil.
  private static func fault<Element: SharedArrayElement>(
    in array: some StridedArray<Element>, _ room: Int
  ) -> Int? {
    if array.byteCount > room || array.byteCount != array.count * MemoryLayout<Element>.stride { return 1 }
    if array.isEmpty { return array.toArray().isEmpty ? nil : 2 }
    let (first, last) = (array.shape.map { _ in 0 }, array.shape.map { $0 - 1 })
    let all = array.toArray()
    if all.count != array.count { return 3 }
    if !isSame(array.element(at: first), all[0]) { return 4 }
    if !isSame(array.element(at: last), all[all.count - 1]) { return 5 }
    return nil
  }

  /// Whether both elements are equal, or both are NaN.
  private static func isSame<Element: SharedArrayElement>(_ a: Element, _ b: Element) -> Bool {
    a == b || (a != a && b != b)
  }

  // MARK: - Files

  @Test(arguments: seeds)
  func `a damaged file is refused with an error or read whole`(seed: UInt64) throws {
    let originals = try files()
    let path = NSTemporaryDirectory() + (try freeName()) + ".npy"
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (type, bytes) in originals.enumerated() {
      try Data(bytes).write(to: URL(filePath: path))
      try #require(fileFault(of: path, bytes.count, type % allElementTypes.count) == nil)
    }
    let read = try SharedWords()
    try damageInChild(seed: seed, rounds: Self.rounds) { random, round in
      let damaged = Self.damageFile(originals, using: &random)
      guard (try? replaceFile(path, by: damaged.bytes)) != nil else { return 99 }
      return fileFault(of: path, damaged.bytes.count, damaged.type, read)
    } replay: { random, _ in
      Self.damageFile(originals, using: &random).description
    }
    #expect(read[0] > Self.rounds / 50, "some damaged inputs are accepted")
    #expect(read[1] > Self.rounds / 10, "some damaged inputs are refused")
  }

  /// Files of every element type, some of them in Fortran order or of a later version.
  private func files() throws -> [[UInt8]] {
    func file(_ type: ElementType, _ shape: Shape, _ fortranOrder: Bool) -> [UInt8] {
      let header = NPYHeader.encode(
        elementType: type, shape: Array(shape), fortranOrder: fortranOrder, paddedTo: 64)
      return header + [UInt8](repeating: 0, count: shape.reduce(type.byteCount, *))
    }
    return [false, true].flatMap { order in
      allElementTypes.enumerated().map { number, type in
        file(type.elementType, shapesOfEveryRank[number % shapesOfEveryRank.count], order)
      }
    }
  }

  private static func damageFile(
    _ originals: [[UInt8]], using random: inout SeededGenerator
  ) -> DamagedBytes {
    let number = originals.indices.randomElement(using: &random)!
    var damaged = DamagedBytes(originals[number], type: number % allElementTypes.count)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: damaged.scatter([6..<100], using: &random)
    case 1, 2: damaged.misspell(using: &random)
    case 3: damaged.resize(to: Int.random(in: 0...damaged.bytes.count, using: &random))
    case 4: damaged.resize(to: damaged.bytes.count + Int.random(in: 1...1000, using: &random))
    default: damaged.claim(elementCount: damaged.bytes.count - 128, paddedTo: 16, using: &random)
    }
    return damaged
  }

  private func replaceFile(_ path: String, by bytes: [UInt8]) throws(SystemError) {
    let file = try OwnedDescriptor.openFile(path, .readWrite)
    try file.setSize(0)
    try unsafe bytes.span.bytes.withUnsafeBytes { bytes throws(SystemError) in
      try unsafe file.write(bytes, at: 0)
    }
  }

  /// Loads and maps the file in every way. Returns the number of a fault, or nil.
  private func fileFault(
    of path: String, _ fileByteCount: Int, _ type: Int, _ read: SharedWords? = nil
  ) -> Int? {
    func fault<Element: SharedArrayElement>(_: Element.Type) -> Int? {
      let readers: [() throws -> Int?] = [
        { Self.fault(in: try SharedArray<Element>.load(npy: path), fileByteCount - 10) },
        {
          Self.fault(in: try SharedArray<Element>.mapped(file: path, access: .readOnly), fileByteCount - 10)
        },
        {
          Self.fault(in: try SharedArray<Element>.mapped(file: path, access: .readWrite), fileByteCount - 10)
        },
        {
          Self.fault(
            in: try SharedArray<Element>.mapped(file: path, access: .copyOnWrite), fileByteCount - 10)
        },
        { Self.fault(in: try SharedArray<Float>.load(converting: path), 4 * fileByteCount) },
      ]
      let codes: Set<NPYError.Code> = [.corrupt, .truncated, .mismatch, .unsupported]
      for (number, reader) in readers.enumerated() {
        do {
          if let fault = try reader() { return 10 * number + fault }
          read?.add(1, to: 0)
        } catch let error as NPYError
          where codes.contains(error.code)
          || (number == 4 && [.insufficientMemory, .conversion].contains(error.code))
        {
          // After conversion, the strides of an empty array might overflow.
          if error.description.isEmpty || error.path != path { return 10 * number + 8 }
          read?.add(1, to: 1)
        } catch {
          return 10 * number + 9
        }
      }
      return nil
    }
    return fault(allElementTypes[type])
  }
}
