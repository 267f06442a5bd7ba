// swift-tools-version: 6.2
import PackageDescription

// The C baselines may use every instruction of this machine.
#if arch(x86_64)
  let tuning = "-march=native"
#else
  let tuning = "-mcpu=native"
#endif
let tunedC = ["-O3", tuning, "-ffast-math"]
// Both compilers may use the same instructions, so that the comparison shows the cost of the code.
let tunedSwift = ["-Xcc", tuning]

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "SharedArrays", path: "..")],
  targets: [
    .target(
      name: "CBaselines",
      cSettings: [.unsafeFlags(tunedC)],
      linkerSettings: [.linkedLibrary("openblas")]),
    .executableTarget(
      name: "sharedarray-bench",
      dependencies: ["CBaselines", .product(name: "SharedArrays", package: "SharedArrays")],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .unsafeFlags(tunedSwift),
      ]),
    .executableTarget(name: "benchmark-chart"),
  ]
)
