internal import Glibc

/// A number from the environment, for tests that can run longer than usual.
package func environmentNumber(_ name: String, or usual: Int) -> Int {
  unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) } ?? usual
}
