import Glibc
import SharedArrays

/// Kills the creator of a named array. The array exists as long as any process has it attached.
func recoverName() throws {
  let name = "recovery-\(CurrentProcess.pid)"
  func create(_ stayHere: () -> Void) throws {
    let array = try SharedArray<Int>.create(name, shape: [3])
    array.fill(7)
    withExtendedLifetime(array) { stayHere() }
  }

  let first = try Victim("the creator", create)
  var array = try SharedArray<Int>.attach(name)
  try first.kill()
  say("a process that had attached it still has it: \(array); other processes find it: \(isListed(name))")
  Check.that(array.has([7, 7, 7]) && isListed(name), "the array outlives its creator")
  try array.detach()
  Check.that(!isListed(name) && !isFile(name), "its last user removed the name")

  try Victim("the creator", create).kill()
  say("no process has it, and none could remove the name: it is an orphan (in /dev/shm: \(isFile(name)))")
  // Any program that creates or lists arrays removes the orphan. The command `sharedarray gc` does
  // so too, and reports it.
  let names = try SharedArray<Int>.names()
  Check.that(
    !names.contains(name) && !isFile(name), "the next program that lists or creates arrays removes it")
  let again = try SharedArray<Int>.create(name, shape: [2])
  Check.that(again.has([0, 0]), "the name is free, and a new array of that name starts with zeros")
  try again.unlink()
}

private func isListed(_ name: String) -> Bool { (try? SharedArray<Int>.names().contains(name)) == true }

private func isFile(_ name: String) -> Bool { access("/dev/shm/\(name)", F_OK) == 0 }

extension SharedArray {
  fileprivate static func names() throws -> [String] { try SharedArrayInfo.list().map(\.name) }
}
