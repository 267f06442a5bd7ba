extension PoolStatistics {
  /// Returns the events as a picture that shows which worker did which chunk, and when.
  ///
  /// The picture has a line for each worker, and a rectangle for each chunk in the colour of its
  /// call. Start-ups are grey, chunks that failed are red, and chunks in which a worker died are
  /// black. A browser describes each rectangle in a tooltip.
  ///
  /// - Returns: An SVG document.
  public func svg() -> String {
    let frame = Frame(self)
    var parts = [
      #"<svg xmlns="http://www.w3.org/2000/svg" width="\#(Frame.width)" height="\#(frame.height)""#
        + #" font-family="sans-serif" font-size="12">"#,
      #"<rect width="100%" height="100%" fill="white"/>"#,
    ]
    parts += frame.ticks()
    for (row, worker) in workers.enumerated() {
      let y = Frame.top + row * Frame.rowHeight
      parts.append(
        #"<text x="\#(Frame.left - 10)" y="\#(y + 19)" text-anchor="end">worker \#(worker.index)</text>"#)
      let own = events.filter { $0.worker == worker.index }
      // Neighbouring rectangles differ in shade.
      for (place, event) in own.enumerated() { parts.append(frame.rectangle(event, y, place % 2)) }
    }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  /// The layout of the picture.
  private struct Frame {
    static let width = 1100, left = 90, right = 20, top = 36, rowHeight = 34

    let height: Int
    private let origin: Double
    private let span: Double
    /// The colour of each call. The step around the colour circle from one call to the next seldom
    /// comes near an earlier colour.
    private var hues: [UInt64: Int] = [:]

    init(_ statistics: PoolStatistics) {
      let events = statistics.events
      height = Self.top + statistics.workers.count * Self.rowHeight + 12
      origin = events.map { $0.begin / .milliseconds(1) }.min() ?? 0
      let end = events.map { ($0.begin + $0.duration) / .milliseconds(1) }.max() ?? 0
      span = max(end - origin, 1e-3)
      for event in events where event.kind == .chunk && hues[event.job] == nil {
        hues[event.job] = (210 + hues.count * 137) % 360
      }
    }

    private func x(_ milliseconds: Double) -> Double {
      Double(Self.left) + milliseconds / span * Double(Self.width - Self.left - Self.right)
    }

    func rectangle(_ event: Event, _ y: Int, _ shade: Int) -> String {
      let begin = x(event.begin / .milliseconds(1) - origin)
      let width = max(0.5, x((event.begin + event.duration) / .milliseconds(1) - origin) - begin)
      let colour =
        switch (event.kind, event.outcome) {
        case (_, .died): "#222"
        case (_, .failed): "#d02020"
        case (.startUp, _): "#c4c4c4"
        default: "hsl(\(hues[event.job] ?? 0), 55%, \(52 + 12 * shade)%)"
        }
      let place = #"<rect x="\#(rounded(begin))" y="\#(y + 3)" width="\#(rounded(width))" height="24""#
      let what =
        event.kind == .startUp
        ? "start-up"
        : "chunk \(event.chunk), inputs \(event.inputs.lowerBound)..&lt;\(event.inputs.upperBound)"
      let time = rounded(event.duration / .milliseconds(1))
      return place + #" fill="\#(colour)"><title>\#(what): \#(event.outcome), \#(time) ms</title></rect>"#
    }

    /// Returns lines at round times, five to ten of them.
    func ticks() -> [String] {
      var step = 1e-3
      while step * 10 <= span { step *= 10 }
      for factor in [0.2, 0.5] where span / (step * factor) <= 10 {
        step *= factor
        break
      }
      return (0...Int(span / step)).flatMap { number -> [String] in
        let place = rounded(x(Double(number) * step))
        return [
          #"<line x1="\#(place)" x2="\#(place)" y1="24" y2="\#(height - 8)" stroke="lightgray"/>"#,
          #"<text x="\#(place)" y="17" text-anchor="middle" fill="dimgray">\#(rounded(Double(number) * step)) ms</text>"#,
        ]
      }
    }

    /// Returns the text of a number with at most three digits after the point.
    private func rounded(_ number: Double) -> String {
      let value = (number * 1000).rounded() / 1000
      return value == value.rounded() ? String(Int(value)) : String(value)
    }
  }
}
