import TestSupport
import Testing

/// Tests of importing NumPy's files with `import`.
@Suite(.timeLimit(.minutes(2))) struct ImportTests {
  @Test(
    .needsNumPy,
    arguments: ["<f8", ">f8", ">i2", "|u1", "|b1", ">c8", "<c16", ">c16", "<f2"])
  func `a file of either byte order and order of axes becomes an array of the same elements`(
    dtype: String
  ) throws {
    try withTemporaryFolder { folder in
      for (shape, order) in [
        ("()", "C"), ("5,", "F"), ("0, 3", "F"), ("3, 4", "C"), ("2, 3, 4", "F"), ("130, 170", "F"),
      ] {
        try withName { name in
          let make = """
            import sys, numpy
            x = numpy.arange(numpy.prod((\(shape)), dtype=int)).reshape((\(shape))) % 97
            numpy.save(sys.argv[1], numpy.asarray(x.astype("\(dtype)"), order="\(order)"))
            """
          _ = try python(make, folder + "/x.npy")
          #expect(try tool("import", folder + "/x.npy", name).status == 0)
          let compare = """
            import sys, numpy
            x, y = numpy.load(sys.argv[1]), numpy.load(sys.argv[2])
            print(x.shape == y.shape, x.dtype.newbyteorder("<") == y.dtype, (x == y).all())
            """
          #expect(try python(compare, folder + "/x.npy", "/dev/shm/" + name) == "True True True")
          #expect(try tool("unlink", name).status == 0)
        }
      }
    }
  }
}
