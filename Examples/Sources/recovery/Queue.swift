import SharedArrays

func recoverQueue() throws {
  try loseMessage()
  try loseItem()
}

/// Kills a consumer that reads a message in place.
///
/// The message is in the queue's memory until the consumer returns it, so the queue reports the
/// loss.
private func loseMessage() throws {
  let messages = try SharedByteQueue(capacity: 16, largestMessage: 8)
  for number in 0..<10 { try messages.put([UInt8(number)].span.bytes) }
  messages.close()
  let received = try SharedArray<Int>(shape: [10])
  let victim = try Victim("the reader") { stayHere in
    for _ in 0..<3 { received[Int(try messages.get()[0])] += 1 }
    try messages.get { _ in stayHere() }
  }
  say("process \(victim.pid) has read three messages, and is reading the fourth")
  try victim.kill()
  for _ in 4..<10 { received[Int(try messages.get(timeout: .seconds(30))[0])] += 1 }
  say("a survivor read the rest without waiting: received \(received)")
  let losses = try messages.losses()
  for loss in losses { say("lost: message \(loss.number) with process \(loss.pid), a \(loss.role)") }
  Check.that(
    losses.map { [$0.number, $0.pid] } == [[3, victim.pid]] && losses[0].role == .consumer,
    "only the message that it was reading is lost, and the queue names it")
  Check.that(received.has([1, 1, 1, 0, 1, 1, 1, 1, 1, 1]), "all other messages arrived once")
}

/// Kills a consumer that has taken a value out of a queue.
///
/// The value is in the memory of the consumer. The queue counts the items that each consumer has
/// marked as done.
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
    say("a process that waits until all items are done gets an error: \(error)")
    wasTold = error.code == .consumerDied
  }
  Check.that(wasTold, "an item that was taken and not marked as done is reported")
  let missing = (0..<10).filter { received[$0] == 0 }
  for number in missing { received[number] += 1 }
  Check.that(
    missing == [4] && received.has(Array(repeating: 1, count: 10)),
    "the survivor repeated \(missing); all other items were done once")
}
