internal import Foundation

/// Returns the compiler's messages on a file that uses the modules of this build.
package func messagesOfCompiling(_ path: String, in directory: String) throws -> String {
  let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  let build = URL(filePath: program).deletingLastPathComponent()
  let package = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  let checkouts = build.deletingLastPathComponent().deletingLastPathComponent().appending(path: "checkouts")
  let maps = [
    package.appending(path: "CShims/include/module.modulemap"),
    build.appending(path: "CSharedArraysShims.build/module.modulemap"),
    build.appending(path: "CSharedArraysKernels.build/module.modulemap"),
    checkouts.appending(path: "swift-numerics/Sources/_NumericsShims/include/module.modulemap"),
  ]
  let words =
    [
      "swiftc", "-typecheck", "-swift-version", "6", "-I", build.appending(path: "Modules").path,
      "-module-cache-path", directory + "/modules", path,
    ]
    + maps.filter { FileManager.default.fileExists(atPath: $0.path) }.flatMap {
      ["-Xcc", "-fmodule-map-file=" + $0.path]
    }
  return try runProgram(words, within: .seconds(300), joinsErrors: true).output
}
