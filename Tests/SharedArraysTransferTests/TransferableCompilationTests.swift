import Foundation
import TestSupport
import Testing

/// Types that the compiler accepts or rejects as `Transferable`.
@Suite(.timeLimit(.minutes(2)))
struct TransferableCompilationTests {
  private static let accepted = [
    "struct A: Codable, Transferable { var a: Int, b: [String: Double?] }",
    "struct A: BitwiseTransferable & BitwiseCopyable, Transferable { var a: Int }",
    "struct A: BitwiseTransferable, Transferable { var a: Int, b: (Double, Bool) }",
    "struct A: BitwiseTransferable, Codable, Transferable { var a: Int }",
    "enum A: Codable, Transferable { case a(Int), b(String) }",
    "enum A: Int, Codable, Transferable { case a, b }",
    "enum A: BitwiseTransferable, Transferable { case a, b }",
    "final class A: Codable, Sendable, Transferable { let a: Int; init(_ a: Int) { self.a = a } }",
    "struct A<T: Codable & Sendable>: Codable, Transferable { var a: T }",
    "struct A: Error, Codable, Transferable { var a: Int }; func f(_ r: Result<[Int?], A>) { g(r) }",
    "func f(_ x: InlineArray<3, [Set<Int>]>, _ y: [String: ClosedRange<Double>]) { g(x); g(y); g(Duration.zero) }",
  ]

  private static let refused = [
    // Pointers and types that hold them.
    "struct A: Transferable { var a: UnsafeRawPointer }",
    "struct A: Codable, Transferable { var a: UnsafeMutablePointer<Int> }",
    "struct A: BitwiseTransferable, Transferable { var a: UnsafeRawPointer }",
    "struct A: BitwiseTransferable & BitwiseCopyable, Transferable { var a: UnsafeBufferPointer<Int>, b: Int }",
    "struct A: BitwiseTransferable, Transferable { var a: OpaquePointer? }",
    // Closures, and other references.
    "struct A: Transferable { var a: @Sendable () -> Void }",
    "struct A: Codable, Transferable { var a: @Sendable () -> Void }",
    "struct A: BitwiseTransferable, Transferable { var a: @Sendable () -> Void }",
    "struct A: BitwiseTransferable, Transferable { var a: String }",
    "final class A: BitwiseTransferable, Transferable { let a = 1 }",
    // No type is transferable without declaring it.
    "struct A: BitwiseCopyable, Sendable { var a: Int }; func f(_ a: A) { g(a) }",
    "struct A: Codable, Sendable { var a: Int }; func f(_ a: A) { g(a) }",
    "struct A: BitwiseTransferable { var a: Int }; func f(_ a: A) { g(a) }",
    "struct A: BitwiseCopyable, Transferable { var a: Int }",
    "struct A: Codable, Sendable { var a: Int }; func f(_ a: [A]) { g(a) }",
    "func f(_ a: (Int, Int)) { g(a) }",
    "func f(_ a: Void) { g(a) }",
    "func f(_ a: Never) { g(a) }",
  ]

  @Test func `pointers, closures and types without a conformance are not transferable`() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/Types.swift"
      let lines = (Self.accepted + Self.refused).enumerated().map { number, text in
        "enum N\(number) { \(text.replacing("func f(", with: "static func f(")) }"
      }
      let head = "import SharedArraysTransfer\nfunc g<T: Transferable>(_: T) {}\n"
      try (head + lines.joined(separator: "\n") + "\n").write(
        toFile: path, atomically: false, encoding: .utf8)
      let output = try messagesOfCompiling(path, in: directory)
      // The types start on line 3.
      let faulty = Set(
        output.split(separator: "\n").compactMap { line -> Int? in
          guard line.contains("Types.swift:"), line.contains(": error:") else { return nil }
          return line.split(separator: ":").dropFirst().first.flatMap { Int($0) }
        })
      let start = 3 + Self.accepted.count
      #expect(faulty == Set(start..<start + Self.refused.count), "\(output)")
    }
  }
}
