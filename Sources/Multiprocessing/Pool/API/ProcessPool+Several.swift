public import SharedArraysTransfer

extension ProcessPool {
  /// Calls a function of two inputs for the first elements of both collections, then the second
  /// elements, and so on.
  ///
  ///     enum Power: WorkFunction {
  ///       static func call(_ input: TransferPair<Double, Int>) -> Double { pow(input.first, Double(input.second)) }
  ///     }
  ///     let powers = try pool.map(Power.self, [1.5, 2, 2.5], [2, 3, 4])
  ///
  /// - Parameters, returned value and errors: The same as those of
  ///   ``map(_:_:chunkSize:timeout:retries:progress:)``.
  /// - Precondition: Both collections have the same number of elements.
  public func map<Function: WorkFunction, Firsts: Collection, Seconds: Collection>(
    _ function: Function.Type, _ firsts: Firsts, _ seconds: Seconds, chunkSize: Int? = nil,
    timeout: Duration? = nil, retries: Int = 2
  ) throws(PoolError) -> [Function.Output]
  where Function.Input == TransferPair<Firsts.Element, Seconds.Element> {
    try map(function, paired(firsts, seconds), chunkSize: chunkSize, timeout: timeout, retries: retries)
  }

  /// Calls a function of three inputs for the first elements of all collections, then the second
  /// elements, and so on.
  ///
  /// - Parameters, returned value and errors: The same as those of
  ///   ``map(_:_:chunkSize:timeout:retries:progress:)``.
  /// - Precondition: All collections have the same number of elements.
  public func map<Function: WorkFunction, Firsts: Collection, Seconds: Collection, Thirds: Collection>(
    _ function: Function.Type, _ firsts: Firsts, _ seconds: Seconds, _ thirds: Thirds, chunkSize: Int? = nil,
    timeout: Duration? = nil, retries: Int = 2
  ) throws(PoolError) -> [Function.Output]
  where Function.Input == TransferTriple<Firsts.Element, Seconds.Element, Thirds.Element> {
    try map(
      function, tripled(firsts, seconds, thirds), chunkSize: chunkSize, timeout: timeout, retries: retries)
  }
}

extension ClosurePool {
  /// Forks a pool with a closure of two inputs.
  ///
  /// - Parameters, errors and precondition: The same as those of
  ///   ``init(workers:maxTasksPerWorker:collectsStatistics:threadsPerWorker:name:_:)``.
  @inlinable
  public convenience init<First: Transferable, Second: Transferable>(
    workers: Int? = nil, maxTasksPerWorker: Int? = nil, name: String = "pool",
    _ body: @escaping (First, Second) throws -> Output
  ) throws(PoolError) where Input == TransferPair<First, Second> {
    try self.init(workers: workers, maxTasksPerWorker: maxTasksPerWorker, name: name) {
      (input: TransferPair<First, Second>) in try body(input.first, input.second)
    }
  }

  /// Calls the closure for the first elements of both collections, then the second elements, and so
  /// on, and returns the results in that order.
  ///
  /// - Parameters and errors: The same as those of
  ///   ``ProcessPool/map(_:_:chunkSize:timeout:retries:progress:)``.
  /// - Precondition: Both collections have the same number of elements.
  public func map<Firsts: Collection, Seconds: Collection>(
    _ firsts: Firsts, _ seconds: Seconds, chunkSize: Int? = nil, timeout: Duration? = nil, retries: Int = 2
  ) throws(PoolError) -> [Output] where Input == TransferPair<Firsts.Element, Seconds.Element> {
    try map(paired(firsts, seconds), chunkSize: chunkSize, timeout: timeout, retries: retries)
  }
}

private func paired<Firsts: Collection, Seconds: Collection>(
  _ firsts: Firsts, _ seconds: Seconds
) -> [TransferPair<Firsts.Element, Seconds.Element>] {
  if firsts.count != seconds.count {
    fatalError(
      "Pairs of inputs need collections of the same size, not \(firsts.count) and \(seconds.count) inputs.")
  }
  return zip(firsts, seconds).map { TransferPair($0, $1) }
}

private func tripled<Firsts: Collection, Seconds: Collection, Thirds: Collection>(
  _ firsts: Firsts, _ seconds: Seconds, _ thirds: Thirds
) -> [TransferTriple<Firsts.Element, Seconds.Element, Thirds.Element>] {
  if firsts.count != seconds.count || firsts.count != thirds.count {
    fatalError(
      "Triples of inputs need collections of the same size, not \(firsts.count), \(seconds.count) and "
        + "\(thirds.count) inputs.")
  }
  return zip(zip(firsts, seconds), thirds).map { TransferTriple($0.0, $0.1, $1) }
}
