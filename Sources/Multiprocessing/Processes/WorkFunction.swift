public import SharedArraysTransfer

/// A function that a worker process can run by its name, whatever way the worker was started.
///
///     enum Cube: WorkFunction {
///       static func call(_ n: Int) -> Int { n * n * n }
///     }
///     let process = try WorkerProcess.start(Cube.self, 7)
///     print(try process.result())
///
/// What crosses is the name of the type and the input, so the compiler sees to it that both input and output are
/// ``Transferable``. The worker finds the type by its name: private types, and types inside functions, have none that could be
/// found and are refused with a ``ProcessError`` of code `notResolvable`; declare the type at file level or inside another
/// type, `internal` or `public`.
///
/// What cannot cross is an error of the compiler's, before anything runs:
///
///     struct Job: Codable, Transferable { var name: String; var finished: @Sendable () -> Void }
///     // error: type 'Job' does not conform to protocol 'Decodable'
///     // note: cannot automatically synthesize 'Decodable' because '@Sendable () -> Void' does not conform to 'Decodable'
///
///     enum Area: WorkFunction { static func call(_ shape: Shape) -> Double { … } }     // Shape does not say Transferable
///     // error: type 'Area' does not conform to protocol 'WorkFunction'
///
/// A worker that was spawned or forked by the fork server runs the function before the program's `main` begins: a top-level
/// `let` or `var` of `main.swift` has no value there, and its use crashes the worker. Static properties and globals of other
/// files are made at their first use, as always. A program whose functions need its `main` calls
/// ``WorkerMain/runIfNeeded()`` where they can run.
public protocol WorkFunction {
  /// What the function gets.
  associatedtype Input: Transferable
  /// What it returns; ``Empty`` for nothing.
  associatedtype Output: Transferable

  /// The work. It is synchronous: there is no `await` in a worker.
  ///
  /// - Throws: anything; the caller gets the type and the description of the error.
  static func call(_ input: Input) throws -> Output

  /// Does a chunk of a pool's work: calls the function for every input. There is a default, which is compiled where the
  /// function is declared, so that short functions become part of its loop.
  static func runChunk(_ chunk: WorkChunk) throws
}

/// What a worker does with the bytes of an input, for code that knows the type only by its name.
extension WorkFunction {
  static func perform(_ input: consuming TransferMessage) throws -> TransferMessage {
    try TransferMessage(encoding: call(input.decode(as: Input.self)))
  }

  /// The name by which a worker finds the type.
  ///
  /// - Throws: `notResolvable` if it has none that leads back to it.
  static func resolvableName() throws(ProcessError) -> String {
    try Multiprocessing.resolvableName(of: Self.self)
  }
}

/// The name by which another process of this program finds a type.
///
/// - Throws: `notResolvable` if it has none that leads back to it.
package func resolvableName(of type: Any.Type) throws(ProcessError) -> String {
  guard let name = _mangledTypeName(type), let found = _typeByName(name), found == type else {
    throw ProcessError(
      .notResolvable,
      message:
        "\(String(reflecting: type)) cannot be found by its name in another process; declare it at file level "
        + "or inside another type, and neither private nor fileprivate")
  }
  return name
}
