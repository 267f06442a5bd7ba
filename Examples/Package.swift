// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "SharedArrays", path: "..")],
  targets: [
    .target(name: "Arguments"),
    .executableTarget(
      name: "attach-by-name",
      dependencies: [.product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "processes",
      dependencies: [.product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "parallel-sum",
      dependencies: [.product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "monte-carlo",
      dependencies: [.product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "shared-counter",
      dependencies: ["Arguments", .product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "queue-workers",
      dependencies: ["Arguments", .product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "pipeline",
      dependencies: ["Arguments", .product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "named-queue",
      dependencies: [.product(name: "SharedArrays", package: "SharedArrays")]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .yum(["libpng-devel"])]),
    .executableTarget(
      name: "image-processor",
      dependencies: ["Arguments", "CPNG", .product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "heat-equation",
      dependencies: ["Arguments", "CPNG", .product(name: "SharedArrays", package: "SharedArrays")]),
    .target(name: "CMatrix"),
    .executableTarget(
      name: "call-c",
      dependencies: ["CMatrix", .product(name: "SharedArrays", package: "SharedArrays")]),
    .target(name: "COldSolver"),
    .executableTarget(
      name: "not-thread-safe",
      dependencies: ["Arguments", "COldSolver", .product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "live-share",
      dependencies: ["Arguments", .product(name: "SharedArrays", package: "SharedArrays")],
      exclude: ["plot.py"]),
    .executableTarget(
      name: "recovery",
      dependencies: [.product(name: "SharedArrays", package: "SharedArrays")]),
    .executableTarget(
      name: "numpy-tour",
      dependencies: [.product(name: "SharedArrays", package: "SharedArrays")],
      exclude: ["numpy"]),
  ]
)
