internal import CSharedArraysShims

/// Two connected sockets that preserve message boundaries.
package struct SocketPair: ~Copyable {
  private var own: OwnedDescriptor?
  /// The end for the other process, which has a copy of it by the time this one is closed.
  package let other: OwnedDescriptor

  /// Creates the pair. The corresponding C function is `socketpair`.
  package init() throws(SystemError) {
    var ends: (CInt, CInt) = (-1, -1)
    _ = try systemCall("socketpair") {
      unsafe withUnsafeMutableBytes(of: &ends) { bytes in
        // SAFETY: a tuple of two numbers is laid out as an array of two.
        unsafe cshims_socket_pair(bytes.baseAddress!.assumingMemoryBound(to: CInt.self))
      }
    }
    own = OwnedDescriptor(owning: ends.0)
    other = OwnedDescriptor(owning: ends.1)
  }

  /// Returns the end that this process keeps.
  package mutating func takeOwn() -> OwnedDescriptor { own.take()! }

  /// Returns the end for the other process, for cases in which it is moved and not copied.
  package consuming func takeOther() -> OwnedDescriptor { other }
}

extension OwnedDescriptor {
  /// The maximum number of bytes of a message. Larger content goes into a memory object whose
  /// descriptor is sent.
  package static let largestMessageByteCount = 1 << 16
  /// The maximum number of descriptors of a message.
  package static let mostDescriptors = Int(CSHIMS_MOST_DESCRIPTORS)

  /// Sends a message with descriptors, which the caller keeps. The corresponding C function is
  /// `sendmsg`.
  ///
  /// - Throws: `EPIPE` if the other end is closed, without a signal.
  package func send(_ bytes: UnsafeRawBufferPointer, descriptors: [CInt] = []) throws(SystemError) {
    _ = try systemCall("sendmsg") {
      unsafe cshims_send_message(
        rawValue, bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, bytes.count, descriptors,
        CInt(descriptors.count), 1)
    }
  }

  /// Sends a message as ``send(_:descriptors:)`` does; returns false if the socket has no room for
  /// it now.
  package func trySend(_ bytes: UnsafeRawBufferPointer, descriptors: [CInt]) throws(SystemError) -> Bool {
    do throws(SystemError) {
      _ = try systemCall("sendmsg") {
        unsafe cshims_send_message(
          rawValue, bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!, bytes.count, descriptors,
          CInt(descriptors.count), 0)
      }
      return true
    } catch {
      if error.code == ErrorCode.wouldBlock { return false }
      throw error
    }
  }

  /// Copies the beginning of the next message, which stays in the queue; returns nil if no message
  /// is available. The corresponding C function is `recv` with `MSG_PEEK`.
  package func peek(into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
    do throws(SystemError) {
      return try Int(
        systemCall("recv") { unsafe cshims_peek_message(rawValue, bytes.baseAddress!, bytes.count) })
    } catch {
      if error.code == ErrorCode.wouldBlock { return nil }
      throw error
    }
  }

  /// Receives a message and its descriptors, which the caller owns. The corresponding C function is
  /// `recvmsg`.
  ///
  /// - Returns: The message, empty if the other end is closed; nil if none is available and the
  ///   call may not wait. If the sent descriptors exceed this process's limit, `descriptors`
  ///   holds only the first ones, and `hasAll` is false.
  package func receive(
    mayWait: Bool
  ) throws(SystemError) -> (bytes: [UInt8], descriptors: [CInt], hasAll: Bool)? {
    var descriptors = [CInt](repeating: -1, count: Self.mostDescriptors)
    var count = CInt(descriptors.count)
    do throws(SystemError) {
      let bytes = try unsafe [UInt8](unsafeUninitializedCapacity: Self.largestMessageByteCount) {
        buffer, filled throws(SystemError) in
        let place = buffer.baseAddress!
        filled = try Int(
          systemCall("recvmsg") {
            unsafe cshims_receive_message(
              rawValue, place, buffer.count, &descriptors, &count, mayWait ? 1 : 0)
          })
      }
      return (bytes, Array(descriptors[..<Int(count < 0 ? ~count : count)]), count >= 0)
    } catch let error where error.code == ErrorCode.wouldBlock {
      return nil
    } catch let error where error.code == ErrorCode.connectionReset {
      return ([], [], true)
    }
  }
}

/// The mechanism that ends a worker with its parent.
package enum ParentDeathPipe {
  /// Returns the reading end of this process's parent-death pipe, a pipe whose writing end the
  /// kernel closes when the process ends, however it ends. The reading end stays open as long as
  /// the process lives. The corresponding C function is `pipe2`.
  package static func own() throws(SystemError) -> CInt {
    try systemCall("pipe2") { cshims_parent_pipe() }
  }

  /// Makes the kernel kill this process when the process behind a parent-death pipe ends. The
  /// corresponding C function is `fcntl` with `F_SETSIG`.
  package static func dieWith(_ line: CInt) throws(SystemError) {
    _ = try systemCall("fcntl") { cshims_die_with(line) }
  }
}
