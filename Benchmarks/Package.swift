// swift-tools-version: 6.2
import PackageDescription

// The limits are what C reaches with everything the compiler can do for this very machine.
#if arch(x86_64)
  let tuning = "-march=native"
#else
  let tuning = "-mcpu=native"
#endif
let tunedC = ["-O3", tuning, "-ffast-math"]
// So that loops in Swift are compared by what they cost, and not by the instructions that they may use.
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
