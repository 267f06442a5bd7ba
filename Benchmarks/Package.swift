// swift-tools-version: 6.2
import PackageDescription

// The limits are what C reaches with everything the compiler can do for this very machine.
#if arch(x86_64)
  let tunedC = ["-O3", "-march=native", "-ffast-math"]
#else
  let tunedC = ["-O3", "-mcpu=native", "-ffast-math"]
#endif

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "SharedArrays", path: "..")],
  targets: [
    .target(
      name: "CLimits",
      cSettings: [.unsafeFlags(tunedC)],
      linkerSettings: [.linkedLibrary("openblas")]),
    .executableTarget(
      name: "sharedarray-bench",
      dependencies: ["CLimits", .product(name: "SharedArrays", package: "SharedArrays")],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
      ]),
    .executableTarget(name: "benchmark-chart"),
  ]
)
