extension PoolStatistics {
  /// Returns the events as a trace in the JSON format of Chrome's `about:tracing`, which Perfetto
  /// also reads, with a line for each worker.
  public func chromeTrace() -> String {
    var lines = workers.map { worker in
      #"{"name":"thread_name","ph":"M","pid":1,"tid":\#(worker.index),"args":{"name":"worker \#(worker.index)"}}"#
    }
    for event in events {
      let name = event.kind == .startUp ? "start-up" : "chunk \(event.chunk)"
      lines.append(
        #"{"name":"\#(name)","cat":"\#(event.kind)","ph":"X","pid":1,"tid":\#(event.worker),"#
          + #""ts":\#(microseconds(event.begin)),"dur":\#(microseconds(event.duration)),"#
          + #""args":{"job":\#(event.job),"first":\#(event.inputs.lowerBound),"count":\#(event.inputs.count),"#
          + #""outcome":"\#(event.outcome)"}}"#)
    }
    return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" + lines.joined(separator: ",\n") + "\n]}\n"
  }

  /// Returns a duration in microseconds with all of its nanoseconds, since a number of the format
  /// can have a fraction.
  private func microseconds(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    let fraction = String(abs(nanoseconds) % 1000)
    let sign = nanoseconds < 0 ? "-" : ""
    return sign + "\(abs(nanoseconds) / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}
