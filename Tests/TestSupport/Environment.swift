internal import Glibc

/// Returns a number from the environment, for tests that can run longer than usual.
package func environmentNumber(_ name: String, or usual: Int) -> Int {
  // SAFETY: The value is zero-terminated, and is copied at once.
  unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) } ?? usual
}
