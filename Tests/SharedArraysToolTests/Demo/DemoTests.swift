import Foundation
import TestSupport
import Testing

/// Tests of the demo's results, of its errors, and of the array that it keeps.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct DemoTests {
  /// The values are those that NumPy computes: `eigh` of the covariance without each row, distances
  /// in double precision, and the smallest of equally frequent labels. With all 64 components, some
  /// distances are equal, so that rounding determines the second and later neighbours; the test
  /// does not compare these.
  @Test func `the demo prints the known components of the digits and accuracies of their neighbours`() throws
  {
    let outcome = try tool("demo", "--workers", "1024", "--no-keep")
    #expect(outcome.status == 0 && outcome.errors == "")
    let lines = outcome.output.split(separator: "\n").map(\.collapsed)
    for line in [
      "Eigenvalues of the covariance: 179.0069, 163.7177, 141.7884, 101.1004, 69.5132",
      "Explained variance: 14.89 %, 13.62 %",
      "Row 0 in these components (magnitudes): 1.2595, 21.2749",
      "components 1 2 4 8 16 32 64",
      "right digit by 1 neighbour 28.44 % 58.32 % 84.03 % 96.16 % 98.72 % 98.89 % 98.83 %",
      "right digit by 3 neighbours 31.44 % 60.16 % 85.92 % 96.22 % 98.61 % 98.89 %",
      "right digit by 5 neighbours 31.61 % 63.55 % 86.37 % 96.33 % 98.78 % 98.72 %",
      "Checksum here: [1797, 64] 561718.0",
    ] {
      #expect(lines.contains { $0.hasPrefix(line) }, "\(line)")
    }
    #expect(lines.contains("1024 workers computed the same bits as one."))
    // If the workers outnumber the cores, they share them.
    #expect(
      outcome.output.contains(" with 1024 workers, which share them, ")
        || outcome.output.contains("1024 workers share one core."))
    let attached = try #require(lines.first { $0.hasPrefix("Checksum of a process that attached") })
    #expect(attached.hasSuffix(": [1797, 64] 561718.0"))
    let name = try #require(attached.split(separator: " ").first { $0.hasPrefix("sharedarray-") }?.dropLast())
    #expect(lines.last == "Unlinked: /dev/shm/\(name) is gone, this process still reads 561718.0")
    #expect(!sharedMemoryNames().contains(String(name)))
  }

  @Test(.needsNumPy, arguments: ["60, 5", "3, 2", "40, 1"])
  func `a table without labels has the same share of nearest rows as in NumPy`(shape: String) throws {
    try withTemporaryFolder { folder in
      let expected = try python(nearestRowsOfNumPy, folder + "/x.npy", shape)
      let outcome = try tool("demo", "--data", folder + "/x.npy", "--workers", "2", "--no-keep")
      #expect(outcome.status == 0 && outcome.errors == "")
      let lines = outcome.output.split(separator: "\n").map(\.collapsed)
      #expect(lines.contains("same nearest row as in all " + expected), "\(outcome.output)")
      #expect(lines.contains("2 workers computed the same bits as one."))
    }
  }

  @Test(
    .needsNumPy,
    arguments: [
      "r.integers(0, 2**64 - 1, (50, 3), dtype='u8')", "r.random((30, 6)) > 0.5",
      "r.random((9, 3)).astype('>f2')",
      "numpy.asfortranarray(r.random((50, 7)))", "r.random((2, 3))", "numpy.full((20, 4), 7.0)",
      "r.random((20, 4)) * 1e139", "r.random((20, 4)) * 1e-300", "r.random((12, 200))",
      "r.random((4, 5)).repeat(9, 0)",
    ])
  func `the demo takes any table of numbers`(values: String) throws {
    try withTemporaryFolder { folder in
      let program = "import numpy, sys\nr = numpy.random.default_rng(3)\nnumpy.save(sys.argv[1], \(values))"
      _ = try python(program, folder + "/x.npy")
      let outcome = try tool("demo", "--data", folder + "/x.npy", "--workers", "40", "--no-keep")
      #expect(outcome.status == 0 && outcome.errors == "", "\(outcome)")
      #expect(outcome.output.contains("\n40 workers computed the same bits as one.\n"))
      #expect(!outcome.output.contains("nan"))
    }
  }

  @Test(
    .needsNumPy,
    arguments: [
      ("numpy.zeros(9)", "has shape [9]; the demo needs at least two rows"),
      ("numpy.float64(3)", "has shape []; the demo needs at least two rows"),
      ("numpy.zeros((3, 4, 5))", "has shape [3, 4, 5]"), ("numpy.zeros((1, 5))", "has shape [1, 5]"),
      ("numpy.zeros((0, 5))", "has shape [0, 5]"), ("numpy.zeros((5, 0))", "has shape [5, 0]"),
      ("numpy.zeros((3, 2001))", "up to 2000 columns"),
      ("[[1, 2], [3, numpy.nan]]", "infinite or NaN: 1 of 4"),
      ("[[1, 2], [-numpy.inf, numpy.inf]]", "infinite or NaN: 2 of 4"),
      ("[[1, 2], [3, -1e200]]", "up to 1e+140 in magnitude"),
      ("[[1, 2j], [3, 4]]", "imaginary part is not 0"), ("[['a', 'b'], ['c', 'd']]", "not a number"),
      ("numpy.array([[1, None], [2, 3]])", "pickled Python objects"),
    ])
  func `the demo refuses arrays that are not tables of numbers`(values: String, reason: String) throws {
    try withTemporaryFolder { folder in
      let program = "import numpy, sys\nnumpy.save(sys.argv[1], \(values), allow_pickle=True)"
      _ = try python(program, folder + "/x.npy")
      let outcome = try tool("demo", "--data", folder + "/x.npy", "--no-keep")
      #expect(outcome.status == 1 && outcome.output == "")
      #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains(reason), "\(outcome)")
    }
  }

  @Test func `the demo refuses files that hold no array`() throws {
    try withTemporaryFolder { folder in
      try Data("1,2,3\n4,5,6\n".utf8).write(to: URL(filePath: folder + "/text.npy"))
      try Data().write(to: URL(filePath: folder + "/empty.npy"))
      for file in ["/text.npy", "/empty.npy", "/none.npy", ""] {
        let outcome = try tool("demo", "--data", folder + file, "--no-keep")
        #expect(outcome.status == 1 && outcome.output == "" && outcome.errors.hasPrefix("Error: The file"))
      }
    }
  }

  @Test(
    arguments: [
      ([], "\nThis process may use only one core, "),
      (["--workers", "3"], "\nSpeed-up: not reported, because 3 workers share one core.\n"),
    ])
  func `a demo on one core claims no speed-up`(options: [String], sentence: String) throws {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
    let core = try #require(line.split { !$0.isNumber }.first)
    try withSmallTable { file in
      let command = [programs + "/sharedarray", "demo", "--data", file, "--no-keep"] + options
      let outcome = try run("/usr/bin/env", ["taskset", "-c", String(core)] + command)
      #expect(outcome.status == 0 && outcome.errors == "")
      #expect(outcome.output.contains(sentence), "\(outcome.output)")
      #expect(!outcome.output.contains("efficiency"))
    }
  }

  @Test(
    .enabled(
      if: pythonIsAvailable && privateSharedMemoryFault == nil,
      "No Python here has NumPy, or this user cannot create a private /dev/shm."))
  func `the demo keeps one array and prints lines that remove it and read it in Python`() throws {
    let place = try PrivateSharedMemory()
    try withSmallTable { file in
      let first = try place.tool("demo", "--data", file)
      #expect(first.status == 0)
    }
    let name = try #require(try place.names().first { $0.hasPrefix("sharedarray-demo-") })
    // The second demo replaces the array of the first.
    let outcome = try place.tool("demo", "--workers", "1")
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(try place.names() == [name])

    let lines = outcome.output.split(separator: "\n").map(String.init)
    let reading = try #require(lines.last)
    #expect(reading.hasPrefix("python3 -c ") && reading.contains("/dev/shm/" + name))
    let command = reading.replacing("python3", with: pythonInterpreter ?? "", maxReplacements: 1)
    let read = try place.run(["sh", "-c", command])
    #expect(read.status == 0 && read.output.contains("1.25946645"), "\(read)")

    let removing = try #require(lines.dropLast(2).last)
    #expect(removing.contains("/sharedarray") && removing.hasSuffix(" unlink " + name))
    #expect(try place.run(["sh", "-c", removing]).status == 0)
    #expect(try place.names().isEmpty)
  }

  @Test(
    .enabled(
      if: privateSharedMemoryFault == nil, "No private /dev/shm: \(privateSharedMemoryFault ?? "")"))
  func `the demo replaces no file of another program`() throws {
    let place = try PrivateSharedMemory()
    try withSmallTable { file in
      #expect(try place.tool("demo", "--data", file).status == 0)
      let name = try #require(try place.names().first)
      let path = "/dev/shm/" + name
      #expect(try place.run(["sh", "-c", "rm \(path) && echo bytes > \(path)"]).status == 0)
      let outcome = try place.tool("demo", "--data", file)
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("\"\(name)\": a segment of this name already exists"))
      #expect(try place.run(["cat", path]).output == "bytes\n")
    }
  }
}

/// Runs `body` with a file that holds a table of four rows and three columns.
private func withSmallTable(_ body: (String) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 3), }\n"
    let header = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
    try Data(header + [7, 1, 4, 2, 8, 5, 9, 9, 1, 3, 3, 6]).write(to: URL(filePath: folder + "/small.npy"))
    try body(folder + "/small.npy")
  }
}

/// Saves a table. Prints how often the row nearest to a row in the first principal components of
/// the other rows is also the nearest in all of them.
private let nearestRowsOfNumPy = """
  import numpy, sys
  shape = tuple(int(word) for word in sys.argv[2].split(","))
  x = numpy.random.default_rng(7).normal(size=shape)
  numpy.save(sys.argv[1], x)
  rows, columns = x.shape
  counts = [count for count in (1, 2, 4) if count < columns] + [columns]
  right = numpy.zeros(len(counts))
  for row in range(rows):
    rest = numpy.delete(x, row, axis=0)
    scatter = (rest - rest.mean(0)).T @ (rest - rest.mean(0))
    projected = (x - x[row]) @ numpy.linalg.eigh(scatter)[1][:, ::-1]
    nearest = []
    for count in counts:
      distances = (projected[:, :count] ** 2).sum(1)
      distances[row] = numpy.inf
      nearest.append(distances.argmin())
    right += [place == nearest[-1] for place in nearest]
  print(" ".join("%.2f %%" % (100 * share) for share in right / rows))
  """
