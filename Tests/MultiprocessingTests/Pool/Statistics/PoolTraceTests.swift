import Foundation
import FoundationXML
import Multiprocessing
import SharedArraysMemory
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct PoolTraceTests {
  @Test func `a trace contains each event as JSON, with its times to the nanosecond`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let statistics = try statisticsOfSomeWork()
        let root = try JSONSerialization.jsonObject(with: Data(statistics.chromeTrace().utf8))
        let all = try #require((root as? [String: Any])?["traceEvents"] as? [[String: Any]])
        let names = all.filter { $0["ph"] as? String == "M" }
        #expect(names.map { $0["tid"] as? Int } == [0, 1])
        let events = all.filter { $0["ph"] as? String == "X" }
        #expect(events.count == statistics.events.count && events.count > 20)
        for (event, known) in zip(events, statistics.events) {
          let arguments = try #require(event["args"] as? [String: Any])
          #expect(event["tid"] as? Int == known.worker)
          #expect(arguments["outcome"] as? String == "\(known.outcome)")
          #expect(arguments["first"] as? Int == known.inputs.lowerBound)
          #expect(arguments["count"] as? Int == known.inputs.count)
          let begin = try #require(event["ts"] as? Double)
          let duration = try #require(event["dur"] as? Double)
          #expect(abs(begin - known.begin / .microseconds(1)) < 1e-3)
          #expect(abs(duration - known.duration / .microseconds(1)) < 1e-3)
        }
      }
    }
  }

  /// With `POOL_PICTURE=path` the picture is also written to that path.
  @Test func `a picture has a rectangle for each event, at its time and in the line of its worker`() async {
    await #expect(processExitsWith: .success) {
      inOwnProcess {
        let statistics = try statisticsOfSomeWork()
        let picture = statistics.svg()
        if let path = ProcessInfo.processInfo.environment["POOL_PICTURE"] {
          try picture.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let reader = PictureReader()
        let parser = XMLParser(data: Data(picture.utf8))
        parser.delegate = reader
        #expect(parser.parse())
        #expect(reader.rectangles.count == statistics.events.count)
        let lines = Set(reader.rectangles.map(\.y))
        #expect(lines.count == 2)
        #expect(reader.rectangles.allSatisfy { $0.x >= 90 && $0.x + $0.width <= 1080.6 && $0.width >= 0.5 })
        #expect(reader.colours.contains("#222") && reader.colours.contains("#d02020"))
        let widest = try #require(reader.rectangles.map(\.width).max())
        #expect(widest > 50)
      }
    }
  }
}

/// Returns the statistics of two maps, the second of which fails, and a death.
private func statisticsOfSomeWork() throws -> PoolStatistics {
  let pool = try ProcessPool(workers: 2, collectsStatistics: true)
  try pool.forEach(Sleep.self, (0..<40).map { $0 % 7 }, chunkSize: 2)
  _ = code { try pool.submit(Die.self, 9, retries: 0).result() }
  try pool.forEach(Sleep.self, (0..<20).map { $0 % 5 }, chunkSize: 1)
  _ = code { try pool.map(EvenOnly.self, [2, 3], chunkSize: 1) }
  let statistics = try #require(pool.statistics)
  pool.shutdown()
  CurrentProcess.endForkServer()
  return statistics
}

/// The rectangles of a picture, except its background.
private final class PictureReader: NSObject, XMLParserDelegate {
  var rectangles: [(x: Double, y: Double, width: Double)] = []
  var colours: Set<String> = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    guard name == "rect", let x = attributes["x"].flatMap({ Double($0) }),
      let y = attributes["y"].flatMap({ Double($0) }), let width = attributes["width"].flatMap({ Double($0) })
    else { return }
    rectangles.append((x, y, width))
    colours.insert(attributes["fill"] ?? "")
  }
}
