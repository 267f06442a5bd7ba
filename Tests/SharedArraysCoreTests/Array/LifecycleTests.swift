import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem
import TestSupport
import Testing

@Suite struct LifecycleTests {
  // MARK: - Create and attach

  @Test(arguments: elementTypes)
  func `an array of every rank is found by its name, and each side sees the other's writes`(
    type: NumberType
  ) throws {
    func check<Element: SharedArrayElement & Numeric>(_ type: Element.Type, _ shape: Shape) throws {
      let name = try freeName()
      let made = try SharedArray<Element>.create(name, shape: shape)
      #expect(made.name == name)
      #expect(made.toArray().allSatisfy { $0 == 0 })
      let found = try SharedArray<Element>.attach(name)
      let readOnly = try SharedArray<Element>.attach(name, access: .readOnly)
      #expect(found.shape == shape && readOnly.shape == shape)
      try made.update(from: SharedArray(sampleNumbers(made.count), shape: shape))
      #expect(found.toArray() == sampleNumbers(made.count))
      found.fill(7)
      #expect(made.toArray() == Array(repeating: 7, count: made.count))
      #expect(readOnly.toArray() == made.toArray())
    }
    for shape in shapesOfEveryRank + [[0], [3, 0, 2]] { try check(type, shape) }
  }

  @Test func `the elements outlive the array that made them`() throws {
    let name = try freeName()
    var made = try SharedArray<Double>.create(name, shape: [3])
    made.fill(1.5)
    let found = try SharedArray<Double>.attach(name)
    try made.detach()
    #expect(found.toArray() == [1.5, 1.5, 1.5])
    #expect(try SharedArray<Double>.attach(name).toArray() == [1.5, 1.5, 1.5])
  }

  @Test func `another process attaches, reads and writes, and the array stays after its end`() throws {
    let name = try freeName()
    let array = try SharedArray<Int>.create(name, shape: [2, 3])
    array.fill(5)
    let end = try forkedAfterRehearsal {
      guard let found = try? SharedArray<Int>.attach(name), found.shape == [2, 3] else { return 1 }
      let sum = found.sum()
      found[1, 2] += 95
      return sum == 125 ? 0 : 2
    }
    #expect(end == .exited(code: 0))
    #expect(array.toArray() == [5, 5, 5, 5, 5, 195])
    #expect(try SharedArray<Int>.attach(name)[1, 2] == 195)
    withExtendedLifetime(array) {}
  }

  @Test func `a forked child shares unnamed arrays`() throws {
    let array = try SharedArray<Int>(shape: [1000])
    let view = array[.stride(by: 2)]
    let end = try forkedAfterRehearsal {
      view.update { $0 + 3 }
      return 0
    }
    #expect(end == .exited(code: 0))
    #expect(array.sum() == 3000)
  }

  // MARK: - Refusals

  @Test func `a name can be taken once`() throws {
    let name = try freeName()
    let array = try SharedArray<Double>.create(name, shape: [2])
    #expect(memoryCode { try SharedArray<Double>.create(name, shape: [2]) } == .alreadyExists)
    #expect(array.shape == [2])
  }

  @Test func `a missing name is not found`() throws {
    let name = try freeName()
    #expect(memoryCode { try SharedArray<Double>.attach(name) } == .notFound)
    #expect(memoryCode { try SharedArray<Double>.attach(name, access: .readOnly) } == .notFound)
    #expect(memoryCode { try SharedArray<Double>.loadCopy(of: name) } == .notFound)
    #expect(memoryCode { try SharedArray<Double>.unlink(name) } == .notFound)
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `another element type is a mismatch that names both`() throws {
    let array = try SharedArray<Float>.create(.generated, shape: [4])
    let name = try #require(array.name)
    #expect(memoryCode { try SharedArray<Int32>.attach(name) } == .mismatch)
    #expect(memoryCode { try SharedArray<Double>.loadCopy(of: name) } == .mismatch)
    let error = #expect(throws: SharedMemoryError.self) { try SharedArray<Double>.attach(name) }
    let text = try #require(error).description
    #expect(text.contains("it holds float32, not float64"))
    #expect(text.contains(name))
    #expect(memoryCode { try SharedArray<Double>.openOrCreate(name, shape: [4]) } == .mismatch)
    withExtendedLifetime(array) {}
  }

  @Test func `Int and Int64 are the same in memory`() throws {
    let array = try SharedArray<Int>.create(.generated, shape: [1])
    array[0] = -5
    #expect(try SharedArray<Int64>.attach(#require(array.name))[0] == -5)
    withExtendedLifetime(array) {}
  }

  @Test(arguments: ["", "a/b", ".", "..", "a\0b", "a\nb", String(repeating: "x", count: 256)])
  func `an invalid name is refused`(name: String) {
    #expect(memoryCode { try SharedArray<Double>.create(name, shape: [1]) } == .invalidName)
    #expect(memoryCode { try SharedArray<Double>.attach(name) } == .invalidName)
    #expect(memoryCode { try SharedArray<Double>.openOrCreate(name, shape: [1]) } == .invalidName)
    #expect(memoryCode { try SharedArray<Double>.unlink(name) } == .invalidName)
  }

  // MARK: - Open or create

  @Test func `openOrCreate makes an array once and finds it afterwards`() throws {
    let name = try freeName()
    let first = try SharedArray<Int8>.openOrCreate(name, shape: [3])
    first.fill(9)
    let second = try SharedArray<Int8>.openOrCreate(name, shape: [3])
    #expect(second.toArray() == [9, 9, 9])
    let error = #expect(throws: SharedMemoryError.self) {
      try SharedArray<Int8>.openOrCreate(name, shape: [1, 3])
    }
    #expect(error?.code == .mismatch)
    #expect(error?.description.contains("it has shape [3], not [1, 3]") == true)
    withExtendedLifetime(first) {}
  }

  // MARK: - Names

  @Test func `generated names are unique and lead to their arrays`() throws {
    let arrays = try (0..<20).map { number in
      let array = try SharedArray<Int>.create(.generated, shape: [])
      array[] = number
      return array
    }
    let names = arrays.compactMap(\.name)
    #expect(Set(names).count == 20)
    #expect(sharedMemoryNames().isSuperset(of: names))
    for (number, name) in names.enumerated() { #expect(try SharedArray<Int>.attach(name).scalar == number) }
    // Without this, an array could be detached after its last use, and its name removed.
    withExtendedLifetime(arrays) {}
  }

  @Test func `the last user of a temporary array removes its name`() throws {
    let name = try freeName()
    var first = try SharedArray<Int>.create(name, shape: [1])
    var second = try SharedArray<Int>.attach(name)
    let view = second[.stride(by: -1)]
    try first.detach()
    #expect(sharedMemoryNames().contains(name))
    #expect(memoryCode { try second.detach() } == .inUse)
    #expect(view.scalar == 0)
    #expect(sharedMemoryNames().contains(name))
    second = try SharedArray<Int>(shape: [0])
    #expect(sharedMemoryNames().contains(name), "the view still uses it")
    _ = consume view
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `the name of a persistent array stays until it is unlinked`() throws {
    let name = try freeName()
    var array = try SharedArray<Int>.create(name, shape: [2], lifetime: .persistent)
    array.fill(4)
    try array.detach()
    #expect(sharedMemoryNames().contains(name))
    #expect(try SharedArray<Int>.attach(name).toArray() == [4, 4])
    try SharedArray<Int>.unlink(name)
    #expect(!sharedMemoryNames().contains(name))
    #expect(memoryCode { try SharedArray<Int>.unlink(name) } == .notFound)
  }

  @Test func `an unlinked array stays usable, and a new array can have its name`() throws {
    let name = try freeName()
    let old = try SharedArray<Int>.create(name, shape: [2])
    let found = try SharedArray<Int>.attach(name)
    try old.unlink()
    #expect(!sharedMemoryNames().contains(name))
    old[1] = 8
    #expect(found[1] == 8)
    let new = try SharedArray<Int>.create(name, shape: [2])
    #expect(new.toArray() == [0, 0])
    // The old array's name now leads to another array.
    #expect(memoryCode { try old.unlink() } == .notFound)
    #expect(try SharedArray<Int>.attach(name).toArray() == [0, 0])
    withExtendedLifetime(new) {}
    #expect(memoryCode { try SharedArray<Int>(shape: [1]).unlink() } == .notFound)
  }

  // MARK: - Detach

  @Test func `an array is detached only when no view and no copy uses it`() throws {
    var array = try counted([4])
    var view: SharedArray<Int>? = array[1...]
    #expect(memoryCode { try array.detach() } == .inUse)
    #expect(array.toArray() == [0, 1, 2, 3], "a refused detach changes nothing")
    view = array
    #expect(memoryCode { try array.detach() } == .inUse)
    #expect(view?.count == 4)
    view = nil
    try array.detach()
    #expect(array.shape == [0])
    #expect(array.isEmpty)
    #expect(array.name == nil)
    #expect(array.toArray() == [])
    #expect(array.description == "[]")
    try array.detach()
    #expect(memoryCode { try array.unlink() } == .notFound)
  }

  @Test func `detaching unmaps the memory and closes its descriptor`() throws {
    let end = try forkedAfterRehearsal {
      let (mappings, descriptors) = (mappingCount(), openDescriptors())
      for _ in 0..<50 {
        // Large enough to have a mapping and a descriptor of its own.
        guard var unnamed = try? SharedArray<Double>(shape: [300_000]),
          var named = try? SharedArray<Double>.create(.generated, shape: [10_000])
        else { return 1 }
        guard (try? unnamed.detach()) != nil, (try? named.detach()) != nil else { return 2 }
      }
      if openDescriptors() != descriptors { return 3 }
      return mappingCount() > mappings + 2 ? 4 : 0
    }
    #expect(end == .exited(code: 0))
  }

  // MARK: - Copies

  @Test func `a copy loaded by name has the elements but not the memory`() throws {
    let array = try SharedArray<Int16>.create(.generated, shape: [2, 2])
    for (number, place) in indices(of: [2, 2]).enumerated() { array.setElement(at: place, to: Int16(number)) }
    let copy = try SharedArray<Int16>.loadCopy(of: #require(array.name))
    #expect(copy.shape == [2, 2])
    #expect(copy.toArray() == [0, 1, 2, 3])
    #expect(copy.name == nil)
    array.fill(-1)
    #expect(copy.toArray() == [0, 1, 2, 3])
    #expect(try SharedArray<Int16>.loadCopy(of: #require(array.name)).sum() == -4)
    withExtendedLifetime(array) {}
  }

  /// Runs `body` in this process and then in a forked child.
  ///
  /// In this process, other threads may open and map files at the same time. The child then needs
  /// no type that the runtime has not created yet: another thread could have been creating it at
  /// the fork.
  private func forkedAfterRehearsal(_ body: () -> CInt) throws -> ProcessTermination {
    _ = body()
    return try forkedChild(body)
  }
}
