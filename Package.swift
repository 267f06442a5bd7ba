// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableExperimentalFeature("Lifetimes"),
]

/// Complex numbers and elementary functions.
let numerics = Target.Dependency.product(name: "Numerics", package: "swift-numerics")

/// A library module; what it may import is checked by Tests/LayeringTests.
func module(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one module.
func tests(of name: String, _ dependencies: Target.Dependency..., exclude: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests",
    dependencies: [.target(name: name), "TestSupport"] + dependencies,
    exclude: exclude,
    swiftSettings: strict)
}

/// What the umbrella re-exports. Products and the tool name each module and not the umbrella alone: a release build
/// compiles a module anew only when one that it names has changed, else it would keep old inlined code of the others.
let reexported = [
  "SystemLayer", "SharedMemory", "NDArrays", "Multiprocessing", "ParallelArrays", "LinearAlgebra",
  "ParallelLinearAlgebra",
]

let package = Package(
  name: "SharedArrays",
  products: [
    .library(name: "SharedArrays", targets: ["SharedArrays"] + reexported),
    .library(name: "Multiprocessing", targets: ["Multiprocessing", "SharedMemory", "SystemLayer"]),
    .executable(name: "sharedarray", targets: ["sharedarray"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
  ],
  targets: [
    .target(name: "CShims", path: "CShims"),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    module("SystemLayer", "CShims"),
    module("SharedMemory", "SystemLayer"),
    .target(name: "CKernels"),
    module("NDArrays", "SystemLayer", "SharedMemory", "CKernels", numerics),
    module("Multiprocessing", "SystemLayer", "SharedMemory"),
    module("ParallelArrays", "SystemLayer", "SharedMemory", "NDArrays", "Multiprocessing"),
    module("LinearAlgebra", "SystemLayer", "SharedMemory", "NDArrays", "COpenBLAS", numerics),
    module(
      "ParallelLinearAlgebra", "SystemLayer", "SharedMemory", "NDArrays", "Multiprocessing", "LinearAlgebra"),
    .target(
      name: "SharedArrays", dependencies: reexported.map { .target(name: $0) } + [numerics],
      swiftSettings: strict),
    .executableTarget(
      name: "sharedarray",
      dependencies: (["SharedArrays"] + reexported).map { .target(name: $0) }
        + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      resources: [.copy("Data")],
      swiftSettings: strict),
    .executableTarget(
      name: "segment-agent", dependencies: ["SystemLayer", "SharedMemory", "NDArrays"],
      path: "Tests/SegmentAgent", swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["SystemLayer", "CShims"], path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "SystemLayer"),
    tests(of: "SharedMemory", "SystemLayer"),
    tests(of: "NDArrays", "SystemLayer", "SharedMemory", numerics, exclude: ["NumPy2Answers"]),
    tests(of: "Multiprocessing", "SystemLayer", "SharedMemory"),
    tests(of: "ParallelArrays", "SystemLayer", "SharedMemory", "NDArrays", "Multiprocessing"),
    tests(of: "LinearAlgebra", "SystemLayer", "SharedMemory", "NDArrays", "COpenBLAS"),
    tests(
      of: "ParallelLinearAlgebra", "SystemLayer", "SharedMemory", "NDArrays", "Multiprocessing",
      "LinearAlgebra", numerics),
    tests(of: "SharedArrays"),
    .testTarget(
      name: "sharedarrayTests", dependencies: ["sharedarray", "segment-agent", "TestSupport"],
      path: "Tests/SharedArrayToolTests", swiftSettings: strict),
    .testTarget(name: "LayeringTests", swiftSettings: strict),
  ]
)
