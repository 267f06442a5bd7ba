public import SharedArraysTransfer

/// A function that a worker process can run by its name, with every start method.
///
///     enum Cube: WorkFunction {
///       static func call(_ n: Int) -> Int { n * n * n }
///     }
///     let process = try WorkerProcess.start(Cube.self, 7)
///     print(try process.result())
///
/// Only the name of the type and the input are sent, and the compiler checks that input and output
/// are ``Transferable``. The worker finds the type by its name. Private types and types inside
/// functions have no name that another process can find. They are refused with a ``ProcessError``
/// of code `notResolvable`. Declare the type at file level or inside another type, `internal` or
/// `public`.
///
/// A value that cannot be sent is a compile-time error:
///
///     struct Job: Codable, Transferable { var name: String; var finished: @Sendable () -> Void }
///     // error: type 'Job' does not conform to protocol 'Decodable'
///     // note: cannot automatically synthesize 'Decodable' because '@Sendable () -> Void' does not conform to 'Decodable'
///
///     enum Area: WorkFunction { static func call(_ shape: Shape) -> Double { … } }     // Shape does not say Transferable
///     // error: type 'Area' does not conform to protocol 'WorkFunction'
///
/// A worker that was spawned, or forked by the fork server, runs the function before the program's
/// `main` begins. A top-level `let` or `var` of `main.swift` has no value there, and its use
/// crashes the worker. Static properties and globals of other files are initialized at their first
/// use, as always. A program whose functions need its `main` calls ``WorkerMain/runIfNeeded()`` at
/// a point where they can run.
public protocol WorkFunction {
  /// The type of the function's input.
  associatedtype Input: Transferable
  /// The type of the function's output; ``NoValue`` if it returns nothing.
  associatedtype Output: Transferable

  /// Does the work. The function is synchronous: a worker has no `await`.
  ///
  /// - Throws: Any error. The caller receives the type and the description of the error.
  static func call(_ input: Input) throws -> Output

  /// Runs a chunk of a pool's work by calling the function for every input.
  ///
  /// The default implementation is compiled where the function is declared, so that short functions
  /// are inlined into its loop.
  static func runChunk(_ chunk: WorkChunk) throws
}

/// The worker's steps for an encoded input, for code that knows the type only by its name.
extension WorkFunction {
  static func perform(_ input: consuming TransferMessage) throws -> TransferMessage {
    try TransferMessage(encoding: call(input.decode(as: Input.self)))
  }

  /// Returns the name by which a worker finds the type.
  ///
  /// - Throws: `notResolvable` if no name leads back to the type.
  static func resolvableName() throws(ProcessError) -> String {
    try Multiprocessing.resolvableName(of: Self.self)
  }
}

/// Returns the name by which another process of this program finds a type.
///
/// - Throws: `notResolvable` if no name leads back to the type.
package func resolvableName(of type: Any.Type) throws(ProcessError) -> String {
  guard let name = _mangledTypeName(type), let found = _typeByName(name), found == type else {
    throw ProcessError(
      .notResolvable,
      message:
        "\(String(reflecting: type)) cannot be found by its name in another process; declare it at file level "
        + "or inside another type, and not as private or fileprivate")
  }
  return name
}
