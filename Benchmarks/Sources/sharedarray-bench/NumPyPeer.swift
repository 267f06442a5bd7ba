import Glibc

/// A Python process that times NumPy statements on request.
///
/// It waits between requests, so that it can take turns with the other contenders.
final class NumPyPeer {
  private let process: pid_t
  private let requests: CInt
  private let replies: UnsafeMutablePointer<FILE>

  /// Starts the process. Throws if no Python can import NumPy.
  init() throws(BenchmarkError) {
    guard let process = ["python3", "/usr/bin/python3"].lazy.compactMap(Self.start).first else {
      throw BenchmarkError("no python3 can import numpy, which Matmul (W5) and Arrays (W10) need")
    }
    (self.process, requests, replies) = process
  }

  deinit {
    close(requests)
    fclose(replies)
    var status: CInt = 0
    waitpid(process, &status, 0)
  }

  /// Returns the seconds per execution of a statement.
  ///
  /// - Parameters:
  ///   - setUp: The statements that run before, outside the measurement.
  ///   - repetitions: The number of executions.
  func seconds(_ statement: String, setUp: String, repetitions: Int) throws(BenchmarkError) -> Double {
    guard let reply = ask("\(repetitions)\t\(setUp)\t\(statement)"), let seconds = Double(reply) else {
      throw BenchmarkError("NumPy did not run \(statement)")
    }
    return seconds
  }

  private func ask(_ line: String) -> String? {
    LineWriter(descriptor: requests)(line)
    var buffer = [CChar](repeating: 0, count: 1000)
    guard fgets(&buffer, CInt(buffer.count), replies) != nil else { return nil }
    let bytes = buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:))
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func start(_ python: String) -> (pid_t, CInt, UnsafeMutablePointer<FILE>)? {
    var down: [CInt] = [0, 0]
    var up: [CInt] = [0, 0]
    guard pipe(&down) == 0, pipe(&up) == 0 else { return nil }
    // The child must not inherit the parent's ends: neither process would see the other one exit.
    for end in [down[1], up[0]] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, down[0], 0)
    posix_spawn_file_actions_adddup2(&actions, up[1], 1)
    let arguments: [String] = [python, "-c", program]
    var words = arguments.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let error = posix_spawnp(&process, python, &actions, nil, &words, environ)
    close(down[0])
    close(up[1])
    guard error == 0, let replies = fdopen(up[0], "r") else { return nil }
    var ready: [CChar] = [0, 0, 0, 0]
    if fgets(&ready, 4, replies) == nil {  // the process has exited: it has no NumPy
      var status: CInt = 0
      waitpid(process, &status, 0)
      close(down[1])
      fclose(replies)
      return nil
    }
    return (process, down[1], replies)
  }

  private static let program = """
    import sys, time, numpy as np
    np.seterr(all='ignore')
    print('ok', flush=True)
    states, loops = {}, {}
    for line in sys.stdin:
      count, prepare, statement = line.rstrip('\\n').split('\\t')
      if prepare not in states:
        states.clear()
        states[prepare] = {'np': np}
        exec(prepare, states[prepare])
      state = states[prepare]
      if statement not in loops:
        body = {}
        exec('def loop(count, x, y, z, t, m, i, np):\\n for _ in range(count):\\n  ' + statement, body)
        loops[statement] = body['loop']
      start = time.perf_counter()
      loops[statement](int(count), *[state[name] for name in 'xyztmi'], np)
      print((time.perf_counter() - start) / int(count), flush=True)
    """
}
