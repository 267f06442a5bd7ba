import Glibc
import SharedArraysMemory
import SharedArraysSystem

/// One process attaches while another creates and removes the same name: it finds no segment or a
/// complete one.
enum Watch {
  static func run(name: String, attempts: Int) throws -> String {
    let maker = try Child {
      alarm(300)
      var round = 0
      while true {
        round += 1
        let byteCount = round % 32 == 0 ? 3 << 20 : round % 2 == 0 ? 8 : 70_000
        guard let segment = try? Content.create(.named(name), byteCount: byteCount, .temporary) else {
          continue
        }
        for _ in 0..<10 { yieldCore() }
        if round % 3 == 0 { try? segment.unlink() }
      }
    }
    var (found, missing) = (0, 0)
    for _ in 0..<attempts {
      do {
        guard Content.isFresh(try Content.attach(name, .readWrite)) else {
          throw AgentFailure(text: "new data is not zero")
        }
        found += 1
      } catch let error as SharedMemoryError where error.code == .notFound {
        missing += 1
      }
    }
    guard !maker.hasEnded else { throw AgentFailure(text: "the creating process \(maker.reap())") }
    maker.kill()
    _ = maker.reap()
    _ = try Segment.list()
    guard !names(in: "/dev/shm").contains(name) else { throw AgentFailure(text: "\(name) still exists") }
    return "\(attempts) attempts: \(found) found a complete segment, \(missing) found none"
  }
}
