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
  "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore", "Multiprocessing", "SharedArraysParallel",
  "SharedArraysLinearAlgebra",
  "SharedArraysParallelLinearAlgebra",
]

let package = Package(
  name: "SharedArrays",
  products: [
    .library(name: "SharedArrays", targets: ["SharedArrays"] + reexported),
    .library(
      name: "Multiprocessing", targets: ["Multiprocessing", "SharedArraysMemory", "SharedArraysSystem"]),
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
    module("SharedArraysMemory", "SharedArraysSystem"),
    .target(name: "CSharedArraysKernels"),
    module("SharedArraysCore", "SharedArraysSystem", "SharedArraysMemory", "CSharedArraysKernels", numerics),
    module("Multiprocessing", "SharedArraysSystem", "SharedArraysMemory"),
    module(
      "SharedArraysParallel", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "Multiprocessing"),
    module(
      "SharedArraysLinearAlgebra", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "CSharedArraysOpenBLAS", numerics),
    module(
      "SharedArraysParallelLinearAlgebra", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "Multiprocessing", "SharedArraysLinearAlgebra"),
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
      name: "TestSupport", dependencies: ["SharedArraysSystem", "CSharedArraysShims"],
      path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "SharedArraysSystem"),
    tests(of: "SharedArraysMemory", "SharedArraysSystem"),
    tests(
      of: "SharedArraysCore", "SharedArraysSystem", "SharedArraysMemory", numerics, exclude: ["NumPy2Answers"]
    ),
    tests(of: "Multiprocessing", "SharedArraysSystem", "SharedArraysMemory"),
    tests(
      of: "SharedArraysParallel", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "Multiprocessing"),
    tests(
      of: "SharedArraysLinearAlgebra", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "CSharedArraysOpenBLAS"),
    tests(
      of: "SharedArraysParallelLinearAlgebra", "SharedArraysSystem", "SharedArraysMemory", "SharedArraysCore",
      "Multiprocessing",
      "SharedArraysLinearAlgebra", numerics),
    tests(of: "SharedArrays"),
    .testTarget(
      name: "SharedArraysToolTests", dependencies: ["SharedArraysTool", "segment-agent", "TestSupport"],
      swiftSettings: strict),
    .testTarget(name: "LayeringTests", swiftSettings: strict),
  ]
)
