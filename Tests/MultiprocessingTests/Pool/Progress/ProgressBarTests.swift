// The text of the bar is internal, and release builds cannot test internal declarations.
#if DEBUG
  import Testing

  @testable import Multiprocessing

  struct ProgressBarTests {
    @Test(
      arguments: [
        (0, 10, 0, false, "  0% [........................] 0/10 0.00/s"),
        (450, 1000, 3, false, " 45% [##########..............] 450/1000 150/s 0:03 left"),
        (5, 10, 100, false, " 50% [############............] 5/10 0.05/s 1:40 left"),
        (1, 73, 100, false, "  1% [........................] 1/73 0.01/s 2:00:00 left"),
        (10, 10, 61, true, "100% [########################] 10/10 0.16/s in 1:01"),
        (0, 0, 0, true, "100% [########################] 0/0 0.00/s in 0:00"),
        (7, nil, 4, false, "7 1.75/s"),
        (7, nil, 4000, true, "7 0.00/s in 1:06:40"),
      ] as [(Int, Int?, Int, Bool, String)])
    func `a bar shows the share, the rate and the remaining time`(
      done: Int, total: Int?, seconds: Int, isLast: Bool, text: String
    ) {
      let progress = PoolProgress(done: done, total: total, elapsed: .seconds(seconds), isLast: isLast)
      #expect(ProgressBar.line(progress, "") == text)
      #expect(ProgressBar.line(progress, "areas") == "areas " + text)
    }
  }
#endif
