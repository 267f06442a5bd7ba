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

/// A library module. Tests/LayeringTests checks which modules it may import.
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

/// The modules that `Multiprocessing` re-exports.
let shared = ["SharedArraysMemory", "SharedArraysTransfer", "SharedArraysLocks"]

/// The modules that `SharedArrays` re-exports. Products and the tool name each of them beside the umbrella: a release
/// build compiles a module again only when a module that it names has changed, and would keep old inlined code otherwise.
let reexported =
  ["SharedArraysSystem"] + shared + [
    "SharedArraysCore", "Multiprocessing", "SharedArraysParallel", "SharedArraysLinearAlgebra",
    "SharedArraysParallelLinearAlgebra",
  ]

let package = Package(
  name: "SharedArrays",
  products: [
    .library(name: "SharedArrays", targets: ["SharedArrays"] + reexported),
    .library(name: "Multiprocessing", targets: ["Multiprocessing", "SharedArraysSystem"] + shared),
    .executable(name: "sharedarray", targets: ["SharedArraysTool"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
  ],
  targets: [
    .target(name: "CSharedArraysShims", path: "CShims"),
    .systemLibrary(name: "CSharedArraysOpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    module("SharedArraysSystem", "CSharedArraysShims"),
    module("SharedArraysTransfer", "SharedArraysSystem"),
    module("SharedArraysMemory", "SharedArraysSystem", "SharedArraysTransfer"),
    module("SharedArraysLocks", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory"),
    .target(name: "CSharedArraysKernels", cSettings: [.headerSearchPath(".")]),
    module(
      "SharedArraysCore", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory",
      "SharedArraysLocks", "CSharedArraysKernels", numerics),
    module(
      "Multiprocessing", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory",
      "SharedArraysLocks"),
    module(
      "SharedArraysParallel", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory",
      "SharedArraysLocks", "SharedArraysCore", "Multiprocessing"),
    module(
      "SharedArraysLinearAlgebra", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "CSharedArraysOpenBLAS", numerics),
    module(
      "SharedArraysParallelLinearAlgebra", "SharedArraysSystem", "SharedArraysTransfer",
      "SharedArraysMemory", "SharedArraysCore", "Multiprocessing", "SharedArraysLinearAlgebra"),
    .target(
      name: "SharedArrays", dependencies: reexported.map { .target(name: $0) } + [numerics],
      swiftSettings: strict),
    .executableTarget(
      name: "SharedArraysTool",
      dependencies: (["SharedArrays"] + reexported).map { .target(name: $0) }
        + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      resources: [.copy("Data")],
      swiftSettings: strict),
    .executableTarget(
      name: "segment-agent", dependencies: ["SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore"],
      path: "Tests/SegmentAgent", swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["SharedArraysSystem", "SharedArraysMemory", "CSharedArraysShims"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "SharedArraysSystem"),
    tests(of: "SharedArraysTransfer", "SharedArraysSystem", "SharedArraysMemory"),
    tests(of: "SharedArraysMemory", "SharedArraysSystem", "SharedArraysTransfer"),
    tests(of: "SharedArraysLocks", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory"),
    tests(
      of: "SharedArraysCore", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory",
      "SharedArraysLocks", numerics, exclude: ["NumPy2Answers"]),
    tests(
      of: "Multiprocessing", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory",
      "SharedArraysLocks", "SharedArraysCore", "SharedArraysParallel"),
    tests(
      of: "SharedArraysParallel", "SharedArraysSystem", "SharedArraysTransfer", "SharedArraysMemory",
      "SharedArraysLocks", "SharedArraysCore", "Multiprocessing"),
    tests(
      of: "SharedArraysLinearAlgebra", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "CSharedArraysOpenBLAS"),
    tests(
      of: "SharedArraysParallelLinearAlgebra", "SharedArraysSystem", "SharedArraysMemory",
      "SharedArraysCore", "Multiprocessing", "SharedArraysLinearAlgebra", numerics),
    tests(of: "SharedArrays"),
    .testTarget(
      name: "SharedArraysToolTests", dependencies: ["SharedArraysTool", "segment-agent", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "LayeringTests", swiftSettings: strict),
  ]
)
