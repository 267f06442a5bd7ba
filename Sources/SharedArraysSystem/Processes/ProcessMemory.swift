import Glibc

/// Bytes of memory that a process alone has, as far as they are in use: without shared memory and without what stands in files.
///
/// - Returns: nil if there is no such process, or /proc is not there.
package func privateMemory(ofProcess pid: Int) -> Int? {
  guard let text = readSmallFile("/proc/\(pid)/statm") else { return nil }
  let numbers = text.split(separator: " ").prefix(3).compactMap { Int($0) }
  guard numbers.count == 3 else { return nil }
  return (numbers[1] - numbers[2]) * sysconf(Int32(_SC_PAGESIZE))
}
