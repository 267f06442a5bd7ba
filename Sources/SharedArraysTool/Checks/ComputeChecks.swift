import Foundation
import SharedArrays

/// Checks of the resources for computations: cores, OpenBLAS and NumPy.
enum ComputeChecks {
  static func all() -> [Check] {
    [cores(), blas(), numPy()]
  }

  private static func cores() -> Check {
    let (online, allowed) = (ProcessInfo.processInfo.processorCount, ComputeBudget.allowedCores)
    let quota = ControlGroup.cpuQuota.map { "\($0)" } ?? "none"
    let budget = ComputeBudget.cores
    return Check(
      "cores", .ok, "\(online) in the machine, \(allowed) by affinity, quota \(quota)",
      "\(budget) worker\(budget == 1 ? "" : "s") by default")
  }

  private static func blas() -> Check {
    let version = OpenBLAS.configuration.split(separator: " ").prefix(2).joined(separator: " ")
    let threads = BLASThreads.count
    let value = "\(version), \(OpenBLAS.core), \(threads) thread\(threads == 1 ? "" : "s")"
    return threads > ComputeBudget.cores
      ? Check("OpenBLAS", .warn, value, "more threads than cores; set OPENBLAS_NUM_THREADS")
      : Check("OpenBLAS", .ok, value, "linear algebra in this process; workers use one thread each")
  }

  private static func numPy() -> Check {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["timeout", "10", "python3", "-c", "import numpy; print(numpy.__version__)"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    let missing = Check("NumPy", .warn, "not found", "only needed to share arrays with Python")
    guard (try? process.run()) != nil else { return missing }
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return missing }
    let version = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    return Check("NumPy", .ok, version, "np.load(\"/dev/shm/NAME\", mmap_mode=\"r+\") opens an array")
  }
}
