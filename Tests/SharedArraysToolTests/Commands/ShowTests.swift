import Foundation
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)), .needsNumPy)
struct ShowTests {
  private static let types = [
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
    "float64", "complex64", "complex128",
  ]

  @Test(arguments: types) func `every element type is created, shown and described`(dtype: String) throws {
    try withName { name in
      #expect(try tool("create", name, "--dtype", dtype, "--shape", "2,3").status == 0)
      let filled = try python(
        """
        import json, numpy as np, sys
        a = np.load("/dev/shm/" + sys.argv[1], mmap_mode="r+")
        a[:] = np.arange(6).reshape(2, 3) % 2 if a.dtype == bool else np.arange(6).reshape(2, 3) * 3
        if a.dtype.kind == "c": print(json.dumps([[[x.real, x.imag] for x in row] for row in a.tolist()]))
        else: print(json.dumps(a.tolist()))
        """, name)
      let shown = try tool("show", name, "--json").json()
      #expect(shown["dtype"] as? String == dtype)
      #expect(shown["shape"] as? [Int] == [2, 3])
      let wanted = try JSONSerialization.jsonObject(with: Data(filled.utf8)) as? NSArray
      #expect(shown["elements"] as? NSArray == wanted)
      #expect(try tool("info", name, "--json").json()["dtype"] as? String == dtype)
    }
  }

  @Test func `slices select the same elements as NumPy's`() throws {
    try withName { name in
      #expect(try tool("create", name, "--dtype", "int32", "--shape", "5,4,3").status == 0)
      let slices = [
        ":", "0", "-1", "1:3", "::2", "::-1", "-3:", ":-2, 1", "..., 0", "0, ..., ::-2", "1, 2, -3", "7:9",
        "4:1:-1",
        "-100:100:3", "3:3", "100::-1", " 1 : 4 : 2 , : ", "...", "1,", "::9223372036854775807",
        "::-9223372036854775808", "+1",
      ]
      let wanted = try python(
        """
        import json, numpy as np, sys
        a = np.load("/dev/shm/" + sys.argv[1], mmap_mode="r+")
        a[:] = np.arange(60).reshape(5, 4, 3)
        for s in sys.argv[2].split(";"):
            view = np.asarray(eval("a[" + s + "]"))
            print(json.dumps({"shape": list(view.shape), "elements": view.tolist()}))
        """, name, slices.joined(separator: ";")
      ).split(separator: "\n")
      for (slice, line) in zip(slices, wanted) {
        let expected = try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let shown = try tool("show", name, "--json", "--slice=\(slice)").json()
        #expect(shown["shape"] as? [Int] == expected["shape"] as? [Int], "shape of [\(slice)]")
        // A single number is not an array.
        let elements = (shown["elements"], expected["elements"])
        #expect("\(elements.0 as Any)" == "\(elements.1 as Any)", "elements of [\(slice)]")
      }
    }
  }

  @Test(arguments: [
    ("1:x", 3), (" ", 2), ("1,,2", 3), ("0:2:0", 5), ("a", 1), ("1 2", 3), ("...,...", 5), ("-", 2),
    ("99999999999999999999", 1), (":::", 3), ("1:2]", 4),
  ])
  func `a mistake in a slice is reported with its position`(slice: String, position: Int) throws {
    let outcome = try tool("show", "no-such-array", "--slice=\(slice)")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("character \(position):"), "\(outcome.errors)")
  }

  @Test func `indices outside the array are an error`() throws {
    try withName { name in
      #expect(try tool("create", name, "--shape", "2,2").status == 0)
      for slice in ["2", "0,-3", "0,0,0", "...,0,0,0"] {
        let outcome = try tool("show", name, "--slice=\(slice)")
        #expect(outcome.status == 1 && outcome.output == "" && outcome.errors.hasPrefix("Error: "))
      }
    }
  }

  @Test func `show prints the library's description, and non-finite numbers are valid JSON`() throws {
    try withName { name in
      #expect(try tool("create", name, "--shape", "4").status == 0)
      _ = try python(
        """
        import numpy as np, sys
        np.load("/dev/shm/" + sys.argv[1], mmap_mode="r+")[:] = [np.nan, -np.inf, 1e300, -0.0]
        """, name)
      #expect(try tool("show", name).output == "[     nan     -inf  1.e+300 -0.e+000]\n")
      let elements = try #require(try tool("show", name, "--json").json()["elements"] as? [Any])
      #expect(elements[0] as? String == "nan" && elements[1] as? String == "-inf")
      #expect(elements[2] as? Double == 1e300)
    }
  }

  @Test func `an array without elements and one without axes are shown`() throws {
    try withName { name in
      #expect(try tool("create", name, "--shape", "0,3").status == 0)
      #expect(try tool("show", name).output == "[]\n")
      #expect(try tool("show", name, "--json").json()["shape"] as? [Int] == [0, 3])
      #expect(try tool("create", name + "-0", "--dtype", "int8", "--shape", "()").status == 0)
      #expect(try tool("show", name + "-0").output == "0\n")
      let scalar = try tool("show", name + "-0", "--json").json()
      #expect(scalar["elements"] as? Int == 0)
    }
  }

  @Test func `a closed pipe ends show without an error message`() throws {
    try withName { name in
      #expect(try tool("create", name, "--shape", "1000000", "--dtype", "uint8").status == 0)
      let outcome = try run(
        "/bin/sh", ["-c", "\"$0\" show \(name) --json --slice : | head -c 10", programs + "/sharedarray"])
      #expect(outcome.errors == "" && outcome.output.utf8.count == 10)
    }
  }

  @Test(arguments: ["", "--json --slice :"])
  func `an output that cannot be written is an error, whichever part of it fails`(options: String) throws {
    try withName { name in
      #expect(try tool("create", name, "--shape", "100000", "--dtype", "uint8").status == 0)
      for buffering in ["", "stdbuf -oL"] {
        let line = "\(buffering) \"$0\" show \(name) \(options) > /dev/full"
        let outcome = try run("/bin/sh", ["-c", line, programs + "/sharedarray"])
        #expect(outcome.isRefusal("The output could not be written"), "\(line): \(outcome)")
      }
    }
  }
}
