/// An SVG picture with a bar chart for each group, one below the other.
struct Picture {
  private static let width = 900
  private static let (left, right) = (310.0, 680.0)
  /// The space on both sides of the scale for the numbers at the tips of the bars.
  private static let margin = 34.0
  private static let rowHeight = 19.0

  private let low: Double
  private let high: Double
  private var elements: [String] = []
  private var y = 0.0

  init(_ groups: [Group]) {
    let ratios = groups.flatMap { $0.rows.map(\.ratio) }
    // Longer bars are cut off: a single large ratio would make all other bars short.
    low = max(0.1, min(0.5, ratios.min() ?? 1))
    high = min(100, max(2, ratios.max() ?? 1))
    heading(hasOthers: groups.contains { $0.rows.contains { !$0.isLimit } })
    for group in groups { add(group) }
  }

  /// The text of the SVG file.
  var svg: String {
    let height = Int(y) + 16
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(Self.width)" height="\(height)" \
      viewBox="0 0 \(Self.width) \(height)" role="img">
      <title>How many times as fast SharedArrays is</title>
      \(Self.style)
      <rect class="card" x="0.5" y="0.5" width="\(Self.width - 1)" height="\(height - 1)" rx="6"/>
      \(elements.joined(separator: "\n"))
      </svg>

      """
  }

  /// The styles. The picture has its own background, so that it is legible on any page.
  private static let style = """
    <style>
      text { font: 12px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328; }
      .card { fill: #ffffff; stroke: #d1d9e0; }
      .title { font-size: 16px; font-weight: 600; }
      .group { font-size: 13px; font-weight: 600; }
      .faint { fill: #59636e; font-size: 11px; }
      .grid { stroke: #e4e8ec; }
      .even { stroke: #59636e; stroke-width: 1.5; }
      .limit { fill: #2f6fd0; }
      .other { fill: #1f8a5b; }
      @media (prefers-color-scheme: dark) {
        text { fill: #f0f6fc; }
        .card { fill: #0d1117; stroke: #3d444d; }
        .faint { fill: #9198a1; }
        .grid { stroke: #262c34; }
        .even { stroke: #9198a1; }
        .limit { fill: #4d8ff0; }
        .other { fill: #3fb27f; }
      }
    </style>
    """

  private mutating func heading(hasOthers: Bool) {
    text("How many times as fast SharedArrays is", x: 20, y: 32, "title")
    text(
      "to the right of 1: faster; to the left: slower; logarithmic, cut off at 0.1 and 100", x: 20, y: 52,
      "faint")
    for (index, (name, kind)) in [("as the best that C reaches", "limit"), ("as others", "other")]
      .enumerated()
    {
      let x = Self.right - 100 + 180 * Double(index)
      elements.append(
        #"<rect class="\#(kind)" x="\#(number(x))" y="23" width="11" height="11" rx="2"/>"#)
      text(name, x: x + 17, y: 33, "faint")
    }
    y = 66
  }

  private mutating func add(_ group: Group) {
    y += 24
    text(group.title, x: 20, y: y, "group")
    y += 8
    let height = Double(group.rows.count) * Self.rowHeight + 4
    for tick in [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100] where (low...high).contains(tick) {
      let x = number(place(tick))
      elements.append(
        #"<line class="\#(tick == 1 ? "even" : "grid")" x1="\#(x)" x2="\#(x)" y1="\#(number(y))" y2="\#(number(y + height))"/>"#
      )
      text(number(tick), x: place(tick), y: y + height + 13, "faint", anchor: "middle")
    }
    for row in group.rows {
      add(row)
      y += Self.rowHeight
    }
    y += 22
  }

  private mutating func add(_ row: Comparison) {
    let baseline = y + 15
    if let label = row.label { text(shortened(label, to: 46), x: Self.left - 10, y: baseline, anchor: "end") }
    let (tip, even) = (place(row.ratio), place(1))
    elements.append(
      #"<rect class="\#(row.isLimit ? "limit" : "other")" x="\#(number(min(tip, even)))" y="\#(number(y + 4))" "#
        + #"width="\#(number(max(1, abs(tip - even))))" height="\#(number(Self.rowHeight - 6))" rx="1.5"/>"#)
    let isLeft = tip < even
    text(
      digits(row.ratio), x: tip + (isLeft ? -5 : 5), y: baseline, "faint", anchor: isLeft ? "end" : "start")
    text(shortened(row.peer, to: 32), x: Self.right + 10, y: baseline, "faint")
  }

  // MARK: Pieces

  private func place(_ ratio: Double) -> Double {
    let shown = min(max(ratio, low), high)
    let width = Self.right - Self.left - 2 * Self.margin
    return Self.left + Self.margin + width * logarithm(shown / low) / logarithm(high / low)
  }

  private mutating func text(
    _ text: String, x: Double, y: Double, _ kind: String? = nil, anchor: String? = nil
  ) {
    let attributes = [kind.map { #" class="\#($0)""# }, anchor.map { #" text-anchor="\#($0)""# }]
    elements.append(
      #"<text x="\#(number(x))" y="\#(number(y))"\#(attributes.compactMap(\.self).joined())>\#(escaped(text))</text>"#
    )
  }
}
