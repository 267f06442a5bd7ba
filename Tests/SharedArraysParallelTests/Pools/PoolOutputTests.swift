import Glibc
import Multiprocessing
import SharedArraysCore
import SharedArraysMemory
import SharedArraysParallel
import SharedArraysTransfer
import TestSupport
import Testing

// SAFETY: This covers the whole file. The C functions receive zero-terminated strings, an open
// file, and a buffer with its true size.

/// A function that computes the third power, for `map(into:)`.
enum ThirdPower: WorkFunction {
  static func call(_ n: Int) -> Int { n * n * n }
}

/// A function that is slow enough for a test to observe a map in the middle.
enum SlowCube: WorkFunction {
  static func call(_ n: Int) -> Int {
    usleep(20_000)
    return n * n * n
  }
}

enum Root: WorkFunction {
  static func call(_ x: Double) -> Double { x.squareRoot() }
}

/// A function that kills its worker at one input, once: if the file exists.
enum CubeUnlessThereIs: WorkFunction {
  struct Input: Codable, Transferable {
    var number: Int
    var file: String
  }

  static func call(_ input: Input) -> Int {
    if input.number == 7, unsafe unlink(input.file) == 0 { kill(getpid(), SIGKILL) }
    return input.number * input.number * input.number
  }
}

/// A function that kills its worker if both numbers are equal.
enum CubeUnlessSame: WorkFunction {
  static func call(_ input: TransferPair<Int, Int>) -> Int {
    if input.first == input.second { kill(getpid(), SIGKILL) }
    return input.first * input.first * input.first
  }
}

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolOutputTests {
  private static let methods: [StartMethod] = [.fork, .spawn, .forkServer]

  @Test(arguments: methods)
  func `outputs of a map are written to arrays of every kind`(method: StartMethod) async {
    await #expect(processExitsWith: .success) { [method] in
      inOwnProcess {
        let pool = try ProcessPool(workers: 2, startMethod: method)
        let cubes = (0..<20_000).map { $0 * $0 * $0 }
        let large = try SharedArray<Int>(shape: [20_000])
        for size in [1, 100, 20_000, 30_000] {
          large.fill(-1)
          try pool.map(ThirdPower.self, 0..<20_000, into: large, chunkSize: size)
          #expect(large.toArray() == cubes)
        }
        let small = try SharedArray<Int>(shape: [10])
        try pool.map(ThirdPower.self, 0..<10, into: small)
        #expect(small.toArray() == Array(cubes.prefix(10)))
        let matrix = try SharedArray<Int>(shape: [30, 40])
        try pool.map(ThirdPower.self, 0..<1200, into: matrix, chunkSize: 7)
        #expect(matrix.toArray() == Array(cubes.prefix(1200)))
        matrix.fill(-1)
        try pool.map(ThirdPower.self, 0..<30, into: matrix[.all, 3], chunkSize: 4)
        #expect(matrix[.all, 3].toArray() == Array(cubes.prefix(30)))
        #expect(matrix[.all, 2].toArray() == [Int](repeating: -1, count: 30))
        #expect(matrix[.all, 4].toArray() == [Int](repeating: -1, count: 30))
        let none = try SharedArray<Int>(shape: [0])
        try pool.map(ThirdPower.self, 0..<0, into: none)
        let roots = try SharedArray<Double>(shape: [100])
        try pool.map(Root.self, (0..<100).map(Double.init), into: roots)
        #expect(roots.toArray() == (0..<100).map { Double($0).squareRoot() })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test(arguments: [0, 2])
  func `a map into an array reports the number of outputs, and the end once`(workers: Int) async {
    await #expect(processExitsWith: .success) { [workers] in
      inOwnProcess {
        let pool = try ProcessPool(workers: workers)
        var told: [PoolProgress] = []
        let report = ProgressReport { told.append($0) }
        let output = try SharedArray<Int>(shape: [60])
        try pool.map(SlowCube.self, 0..<60, into: output, chunkSize: 1, progress: report)
        #expect(output.toArray() == (0..<60).map { $0 * $0 * $0 })
        #expect(told.map(\.isLast) == Array(repeating: false, count: told.count - 1) + [true])
        #expect(told.last?.done == 60 && told.allSatisfy { $0.total == 60 })
        #expect(told.map(\.done) == told.map(\.done).sorted())
        if workers > 0 { #expect(told.contains { (1..<60).contains($0.done) }) }

        told = []
        try pool.map(SlowCube.self, 0..<0, into: try SharedArray(shape: [0]), progress: report)
        #expect(told.map(\.total) == [0] && told.allSatisfy(\.isLast))

        told = []
        pool.shutdown()
        do throws(PoolError) {
          try pool.map(SlowCube.self, 0..<60, into: output, progress: report)
          Issue.record("A pool that has been shut down took work.")
        } catch { #expect(error.code == .closed) }
        #expect(told.map(\.done) == [0] && told.allSatisfy(\.isLast))
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `outputs are written to named arrays, whose names are free afterwards`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let name = "sharedarrays-tests-output-\(getpid())"
        let pool = try ProcessPool(workers: 2)
        let named = try SharedArray<Int>.create(name, shape: [1000])
        try pool.map(ThirdPower.self, 0..<1000, into: named, chunkSize: 10)
        #expect(named.toArray() == (0..<1000).map { $0 * $0 * $0 })
        try named.unlink()
        #expect(throws: SharedMemoryError.self) { _ = try SharedArray<Int>.attach(name) }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `another worker writes the outputs of a worker that died`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let file = "/tmp/sharedarrays-tests-once-\(getpid())"
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        let pool = try ProcessPool(workers: 2)
        let inputs = (0..<100).map { CubeUnlessThereIs.Input(number: $0, file: file) }
        let cubes = try SharedArray<Int>(shape: [100])
        try pool.map(CubeUnlessThereIs.self, inputs, into: cubes, chunkSize: 10)
        #expect(cubes.toArray() == (0..<100).map { $0 * $0 * $0 })
        #expect(access(file, F_OK) != 0)
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `a map whose worker died leaves the outputs of other chunks complete or untouched`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 2)
        for victim in [3, 47, 99] {
          let inputs = (0..<100).map { TransferPair($0, victim) }
          let cubes = try SharedArray<Int>(shape: [100])
          cubes.fill(-1)
          let error = #expect(throws: PoolError.self) {
            try pool.map(CubeUnlessSame.self, inputs, into: cubes, chunkSize: 10, retries: 0)
          }
          let dirty = victim / 10 * 10..<victim / 10 * 10 + 10
          #expect(error?.code == .died && error?.range == dirty)
          for chunk in stride(from: 0, to: 100, by: 10) where chunk != dirty.lowerBound {
            let found = (chunk..<chunk + 10).map { cubes[$0] }
            let isWhole = found == (chunk..<chunk + 10).map { $0 * $0 * $0 }
            #expect(isWhole || found.allSatisfy { $0 == -1 }, "chunk \(chunk): \(found)")
          }
          #expect(try pool.map(ThirdPower.self, 0..<9) == (0..<9).map { $0 * $0 * $0 })
        }
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `idle workers do not keep a released array mapped`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let pool = try ProcessPool(workers: 1)
        let pid = pool.workerPIDs[0]
        #expect(try pool.map(ThirdPower.self, 0..<2) == [0, 1])
        let before = mappedObjects(of: pid)
        for _ in 0..<50 {
          let array = try SharedArray<Int>(shape: [100_000])
          try pool.map(ThirdPower.self, 0..<100_000, into: array, chunkSize: 10_000)
        }
        // At most the objects of the last calls are mapped.
        #expect(mappedObjects(of: pid) <= before + 3)
        #expect(waitUntil { mappedObjects(of: pid) == before })
        pool.shutdown()
        CurrentProcess.endForkServer()
      }
    }
  }

  @Test func `an array of the wrong size ends the program`() async {
    await #expect(processExitsWith: .failure) {
      let pool = try ProcessPool(workers: 1)
      try pool.map(ThirdPower.self, 0..<10, into: try SharedArray<Int>(shape: [11]))
    }
    await #expect(processExitsWith: .failure) {
      let pool = try ProcessPool(workers: 1)
      let matrix = try SharedArray<Int>(shape: [4, 5])
      try pool.map(ThirdPower.self, 0..<20, into: matrix.transposed())
    }
  }
}

/// Returns the number of unnamed objects that a process has mapped.
func mappedObjects(of pid: Int) -> Int {
  guard let file = unsafe fopen("/proc/\(pid)/maps", "r") else { return -1 }
  defer { unsafe fclose(file) }
  var (count, line) = (0, [CChar](repeating: 0, count: 4096))
  while unsafe fgets(&line, 4096, file) != nil {
    if String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).contains(
      "/memfd:")
    {
      count += 1
    }
  }
  return count
}
