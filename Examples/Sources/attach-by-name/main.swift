// Two processes share an array by its name. An array that does not fit into a block of memory is an
// error.
//
//   attach-by-name           shows everything; the second process is this program, started again
//   attach-by-name create    the first process: creates the array and waits for the return key
//   attach-by-name attach    the second process, in another terminal while the first one waits
import Foundation
import SharedArrays

do {
  let arguments = Array(CommandLine.arguments.dropFirst())
  switch (arguments.first, arguments.count) {
  case (nil, _):
    try firstProcess(name: "attach-by-name-\(getpid())") { name in try startAgain("attach", name) }
    try blocks()
  case ("create", 1):
    try firstProcess(name: "attach-by-name") { _ in
      print("Now run `attach-by-name attach` in another terminal, then press return here.")
      _ = readLine()
    }
  case ("attach", 1...2):
    try secondProcess(name: arguments.count == 2 ? arguments[1] : "attach-by-name")
  default:
    complain("usage: attach-by-name [create | attach [NAME]]")
    exit(64)
  }
} catch {
  complain("\(error)")
  exit(1)
}

/// Creates an array, waits until a second process has changed it, and unlinks it.
func firstProcess(name: String, meanwhile: (String) throws -> Void) throws {
  var x = try SharedArray<Int64>.create(name, shape: [6])
  for (index, value) in [1, 1, 2, 3, 5, 8].enumerated() { x[index] = Int64(value) }
  print("First process:  \(x)")
  try meanwhile(name)
  print("First process:  \(x)")
  // unlink removes the name now. The last process that detaches frees the memory.
  try x.unlink()
  try x.detach()
}

/// Attaches the array by its name, as any program can, and changes an element.
func secondProcess(name: String) throws {
  var x = try SharedArray<Int64>.attach(name)
  print("Second process: \(x)")
  x[5] = 888
  // The array remains: a process that attaches does not own it.
  try x.detach()
}

/// Creates arrays on a block of raw bytes, which Python's `SharedMemory` can attach to.
func blocks() throws {
  // 256 doubles need 2048 bytes.
  let small = try SharedBlock.create(.generated, byteCount: 1024)
  do {
    _ = try SharedArray<Double>(on: small, shape: [256])
  } catch {
    print("Too small:      \(error)")
  }

  var block = try SharedBlock.create(.generated, byteCount: 2048)
  do {
    let x = try SharedArray<Double>(on: block, shape: [256])
    x.fill(1)
    print("Large enough:   \(x.count) elements in \(block.byteCount) bytes add up to \(x.sum())")
  }
  // No array uses the block now. The handle that created the block also unlinks it.
  try block.detach()
}

/// Runs this program again, with other arguments.
func startAgain(_ arguments: String...) throws {
  // Flushes the output, so that it appears before the second process's output.
  fflush(nil)
  let process = Process()
  process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
  process.arguments = arguments
  try process.run()
  process.waitUntilExit()
  if process.terminationStatus != 0 { throw SecondProcessFailed(status: process.terminationStatus) }
}

struct SecondProcessFailed: Error {
  let status: Int32
}

func complain(_ text: String) {
  FileHandle.standardError.write(Data("\(text)\n".utf8))
}
