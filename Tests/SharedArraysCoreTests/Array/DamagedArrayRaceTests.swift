import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: `read` gets the buffer of an array that exists until the call returns, and writes only
// within it.

/// Another process writes to a segment's header and control page, or changes the file's size, at
/// full speed while this process attaches it.
///
/// The environment variable HOSTILE_INPUTS=100000 sets the number of attempts, instead of 3000.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DamagedArrayRaceTests {
  /// Two undamaged segments of the same size with different contents.
  private struct Pair {
    let first, second: [UInt8]

    init(_ file: borrowing HeldFile) throws {
      func bytes<Element: SharedArrayElement>(_ shape: Shape, _: Element.Type) throws -> [UInt8] {
        let array = try SharedArray<Element>.create(.generated, shape: shape)
        let object = try OwnedDescriptor.openSharedMemory(named: #require(array.name), .readOnly)
        var bytes = [UInt8](repeating: 0, count: try object.status().byteCount)
        _ = try unsafe bytes.withUnsafeMutableBytes { try unsafe object.read(into: $0, at: 0) }
        return bytes
      }
      first = try bytes([1000], Double.self)
      second = try bytes([50, 10], Double.self)
      #expect(first.count == 16_384 && second.count == 12_288)
    }
  }

  @Test func `a header and control page that change during an attach yield an array or an error`() throws {
    let file = try HeldFile()
    let pair = try Pair(file)
    try file.replace(by: pair.first)
    // In a file as large as the first segment, the second leaves a page of data unused. That is
    // valid.
    let pages = [pair.first, pair.second].map { Array($0.suffix(4096)) }
    let headers = [pair.first, pair.second].map { Array($0.prefix(4096)) }
    let words = try SharedWords()
    let attacker = try startChild {
      var round = 0
      while true {
        round &+= 1
        // Header and page agree for a while, so that some attempts succeed, and then differ.
        let (header, page) = (round >> 3 & 1, (round >> 3 ^ (round >> 6 & round >> 1)) & 1)
        guard (try? file.write(headers[header])) != nil, (try? file.write(pages[page], at: 12_288)) != nil,
          round % 16 != 0 || (try? file.write([0, 0, 0, 0], at: round >> 4 & 127)) != nil
        else { return 1 }
        words[0] = round
      }
    }
    try #require(words.wait(for: 0))
    let victim = try forkedChild(within: .seconds(300)) {
      for attempt in 0..<hostileInputCount {
        let fault =
          switch attempt % 3 {
          case 0: Self.fault(words) { try SharedArray<Double>.attach(file.name) }
          case 1: Self.fault(words) { try SharedArray<Double>.attach(file.name, access: .readOnly) }
          default: Self.fault(words) { try SharedArray<Double>.loadCopy(of: file.name) }
          }
        if let fault { return fault }
      }
      return 0
    }
    #expect(victim == .exited(code: 0))
    #expect(words[1] + words[2] == hostileInputCount)
    #expect(words[1] > 0 && words[2] > 0, "\(words[1]) attached, \(words[2]) refused")
    #expect(try !attacker.ends(within: .zero))
  }

  @Test func `a file whose size changes during a copy is copied or refused`() throws {
    let file = try HeldFile()
    let pair = try Pair(file)
    try file.replace(by: pair.first)
    let tail = Array(pair.first.suffix(4096))
    let words = try SharedWords()
    let attacker = try startChild {
      var round = 0
      while true {
        round &+= 1
        let byteCount = [0, 1, 4096, 8192, 12_288, 16_383, 16_384, 20_480][round & 7]
        guard (try? file.descriptor.setSize(byteCount)) != nil, (try? file.descriptor.setSize(16_384)) != nil,
          (try? file.write(pair.first)) != nil || (try? file.write(tail, at: 12_288)) != nil
        else { return 1 }
        words[0] = round
      }
    }
    try #require(words.wait(for: 0))
    let victim = try forkedChild(within: .seconds(300)) {
      for _ in 0..<hostileInputCount {
        if let fault = Self.fault(words, { try SharedArray<Double>.loadCopy(of: file.name) }) { return fault }
      }
      return 0
    }
    #expect(victim == .exited(code: 0))
    #expect(words[1] > 0 && words[2] > 0, "\(words[1]) copied, \(words[2]) refused")
    #expect(try !attacker.ends(within: .zero))
  }

  @Test func `a file whose size changes during a load is loaded or refused`() throws {
    let file = try HeldFile()
    let header = NPYHeader.encode(elementType: .float64, shape: [1000], fortranOrder: false, paddedTo: 64)
    try file.replace(by: header + [UInt8](repeating: 0, count: 8000))
    let words = try SharedWords()
    let attacker = try startChild {
      var round = 0
      while true {
        round &+= 1
        guard (try? file.descriptor.setSize([0, 100, header.count, 4096][round & 3])) != nil,
          (try? file.write(header)) != nil, (try? file.descriptor.setSize(header.count + 8000)) != nil
        else { return 1 }
        words[0] = round
      }
    }
    try #require(words.wait(for: 0))
    let path = file.path
    let victim = try forkedChild(within: .seconds(300)) {
      for _ in 0..<hostileInputCount {
        do throws(NPYError) {
          let array = try SharedArray<Double>.load(npy: path)
          if array.toArray() != [Double](repeating: 0, count: 1000) { return 1 }
          words.add(1, to: 1)
        } catch {
          guard [.corrupt, .truncated].contains(error.code) else { return 2 }
          words.add(1, to: error.description.contains("became shorter") ? 3 : 2)
        }
      }
      return 0
    }
    #expect(victim == .exited(code: 0))
    #expect(words[1] > 0 && words[2] > 0, "\(words[1]) loaded, \(words[2]) refused, \(words[3]) cut short")
    #expect(try !attacker.ends(within: .zero))
  }

  /// Returns nil for an array of either shape and for a typed error, which are counted in words 1
  /// and 2. Otherwise returns the number of a fault.
  private static func fault<Array: StridedArray<Double>>(
    _ words: SharedWords, _ attach: () throws -> Array
  ) -> CInt? {
    do {
      let array = try attach()
      // The array keeps the shape that was checked, whatever the memory contains by now.
      guard array.shape == [1000] || array.shape == [50, 10] else { return 1 }
      if array.toArray().count != array.count { return 2 }
      words.add(1, to: 1)
    } catch let error as SharedMemoryError where [.notASegment, .mismatch, .truncated].contains(error.code) {
      words.add(1, to: 2)
    } catch {
      return 3
    }
    return nil
  }
}
