import SharedArraysCore
import SharedArraysMemory
import TestSupport
import Testing

@Suite struct ShapeLimitTests {
  /// Tests products that overflow, in bytes or in elements. Some wrap to 0, to a small or to a
  /// negative number.
  @Test(
    arguments: [
      [.max], [1 << 60], [1 << 61], [1 << 62, 2], [1 << 32, 1 << 32], [3_037_000_500, 3_037_000_500],
      [274_177, 67_280_421_310_721], [1 << 8, 1 << 8, 1 << 8, 1 << 8, 1 << 8, 1 << 8, 1 << 8, 1 << 8],
      [.max, .max, .max, .max, .max, .max, .max, .max],
    ] as [Shape])
  func `a shape with more bytes than a segment can have is an error`(shape: Shape) throws {
    let name = try freeName()
    let calls: [() throws -> SharedArray<Double>] = [
      { try SharedArray(shape: shape) }, { try SharedArray.create(name, shape: shape) },
      { try SharedArray.create(.generated, shape: shape) },
      { try SharedArray.openOrCreate(name, shape: shape) }, { try SharedArray([1, 2], shape: shape) },
    ]
    for call in calls {
      let error = #expect(throws: SharedMemoryError.self) { try call() }
      #expect(error?.code == .tooLarge)
      #expect(error?.description.isEmpty == false)
    }
    #expect(!sharedMemoryNames().contains(name))
  }

  @Test func `an error about a shape contains the shape`() throws {
    let error = #expect(throws: SharedMemoryError.self) {
      try SharedArray<Double>(shape: [1 << 40, 1 << 40])
    }
    #expect(error?.description.contains("[1099511627776, 1099511627776] of float64") == true)
  }

  @Test(arguments: [1 << 40, 1 << 50, 1 << 58])
  func `a shape larger than the memory is an error and leaves the name free`(count: Int) throws {
    let name = try freeName()
    let error = #expect(throws: SharedMemoryError.self) {
      try SharedArray<Double>.create(name, shape: [count])
    }
    let codes: [SharedMemoryError.Code?] = [.insufficientMemory, .tooLarge, .outOfAddressSpace]
    #expect(codes.contains(error?.code), "\(String(describing: error))")
    #expect(!sharedMemoryNames().contains(name))
    #expect(throws: SharedMemoryError.self) { try SharedArray<Double>(shape: [count]) }
  }

  @Test(arguments: [[0, 1 << 59], [1 << 59, 0], [1 << 29, 0, 1 << 30], [0, 0, 1 << 40]] as [Shape])
  func `an extent of 0 makes the array empty, however large the others are`(shape: Shape) throws {
    let array = try SharedArray<Double>.create(.generated, shape: shape)
    #expect(array.isEmpty)
    #expect(array.count == 0)
    #expect(array.sum() == 0)
    #expect(array.mean().isNaN)
    #expect(array.norm() == 0)
    #expect(array.toArray() == [])
    #expect(array.description == "[]")
    #expect(array.transposed().isContiguous)
    #expect(array.isContiguous)
    #expect(array[.stride(by: 2)].toArray() == [])
    #expect(array[.stride(by: -1)].reshaped([-1]).shape == [0])
    array.fill(1)
    try array.update(from: array[.stride(by: 1)].copy())
    let found = try SharedArray<Double>.attach(#require(array.name))
    #expect(found.shape == shape)
    withExtendedLifetime(array) {}
  }

  /// NumPy refuses these shapes too, because the strides would overflow, as they would in
  /// `np.load`.
  @Test(arguments: [[0, .max], [1 << 32, 0, 1 << 32], [1 << 61, 0]] as [Shape])
  func `an extent of 0 does not excuse extents whose strides overflow`(shape: Shape) {
    let error = #expect(throws: SharedMemoryError.self) { try SharedArray<Double>(shape: shape) }
    #expect(error?.code == .tooLarge)
  }
}
