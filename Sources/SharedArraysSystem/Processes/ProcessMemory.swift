import Glibc

/// Returns the resident bytes of memory that a process does not share: without shared memory and
/// without mapped files.
///
/// - Returns: nil if the process does not exist, or /proc is not available.
package func privateMemory(ofProcess pid: Int) -> Int? {
  guard let text = readSmallFile("/proc/\(pid)/statm") else { return nil }
  let numbers = text.split(separator: " ").prefix(3).compactMap { Int($0) }
  guard numbers.count == 3 else { return nil }
  return (numbers[1] - numbers[2]) * sysconf(Int32(_SC_PAGESIZE))
}
