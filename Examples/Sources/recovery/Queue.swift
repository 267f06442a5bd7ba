import SharedArrays

func recoverQueue() throws {
  try loseMessage()
  try loseItem()
}

/// A queue that lends the place of a message: who dies with it in hand has the queue's own memory in hand, and the loss has a name.
private func loseMessage() throws {
  let messages = try SharedByteQueue(capacity: 16, largestMessage: 8)
  for number in 0..<10 { try messages.put([UInt8(number)].span.bytes) }
  messages.close()
  let received = try SharedArray<Int>(shape: [10])
  let victim = try Victim("the reader") { stayHere in
    for _ in 0..<3 { received[Int(try messages.get()[0])] += 1 }
    try messages.get { _ in stayHere() }
  }
  say("process \(victim.pid) has read three messages, and has the fourth in its hands")
  try victim.kill()
  for _ in 4..<10 { received[Int(try messages.get(timeout: .seconds(30))[0])] += 1 }
  say("a survivor read the rest, and nobody had to wait: received \(received)")
  let losses = try messages.losses()
  for loss in losses { say("lost: message \(loss.number) with process \(loss.pid), a \(loss.role)") }
  Check.that(
    losses.map { [$0.number, $0.pid] } == [[3, victim.pid]] && losses[0].role == .consumer,
    "exactly the message in its hands is lost, and has a name")
  Check.that(received.has([1, 1, 1, 0, 1, 1, 1, 1, 1, 1]), "all others came, once")
}

/// A queue of values: who has taken one out has it in its own memory, and the queue counts who has said what is done.
private func loseItem() throws {
  let numbers = try SharedQueue<Int>(capacity: 16, tracksItems: true)
  for number in 0..<10 { try numbers.put(number) }
  numbers.close()
  let received = try SharedArray<Int>(shape: [10])
  try Victim("the consumer") { stayHere in
    for number in numbers {
      if number == 4 { stayHere() }
      received[number] += 1
      try numbers.markDone()
    }
  }.kill()
  for number in numbers {
    received[number] += 1
    try numbers.markDone()
  }
  var wasTold = false
  do { try numbers.join(timeout: .seconds(30)) } catch {
    say("who waits until all is done is told: \(error)")
    wasTold = error.code == .consumerDied
  }
  Check.that(wasTold, "what was taken out and not done is not forgotten")
  let missing = (0..<10).filter { received[$0] == 0 }
  for number in missing { received[number] += 1 }
  Check.that(
    missing == [4] && received.has(Array(repeating: 1, count: 10)),
    "the survivor did \(missing) again, all else was done once")
}
