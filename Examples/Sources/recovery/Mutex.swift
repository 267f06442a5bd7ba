import SharedArrays

/// Kills a process after it has taken money from one account and before it has added the money to
/// another.
func recoverMutex() throws {
  let accounts = try SharedArray<Int>([600, 400], shape: [2])
  // The amount in transfer, written before the accounts change. A survivor undoes the transfer with
  // it.
  let journal = try SharedArray<Int>(shape: [1])
  let mutex = try SharedMutex()
  let victim = try Victim("the owner") { stayHere in
    try mutex.withLock {
      journal[0] = 100
      accounts[0] -= 100
      stayHere()
      accounts[1] += 100
      journal[0] = 0
    }
  }
  say("the accounts are \(accounts), which is not 1000, but no other process can lock them")
  do { try mutex.withLock(timeout: .milliseconds(100)) {} } catch { say("another process waits: \(error)") }
  try victim.kill()

  var repairs = 0
  func moveHundred() throws {
    try mutex.withLock {
      accounts[0] -= 100
      accounts[1] += 100
    } repair: {
      repairs += 1
      accounts[0] += journal[0]
      journal[0] = 0
      say("the next process to lock learns of the death, and repairs: \(accounts)")
    }
  }
  try moveHundred()
  say("then it makes its own change: \(accounts)")
  try moveHundred()
  Check.that(repairs == 1, "the repair was made once")
  Check.that(accounts.has([400, 600]), "no money was lost or created: \(accounts)")
  try refuseRepair()
}

/// Shows that a mutex whose owner died is unrecoverable if no caller repairs the data.
private func refuseRepair() throws {
  let mutex = try SharedMutex()
  try Victim("another owner") { stayHere in try mutex.withLock { stayHere() } }.kill()
  var codes: [LockError.Code] = []
  for _ in 0..<2 {
    do { try mutex.withLock {} } catch let error as LockError {
      say("without a repair: \(error)")
      codes.append(error.code)
    }
  }
  Check.that(codes == [.ownerDied, .unrecoverable], "half-changed data was not used silently")
}
