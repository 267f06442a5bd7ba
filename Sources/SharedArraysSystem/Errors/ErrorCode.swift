internal import Glibc

/// The error numbers that this package handles individually.
package enum ErrorCode {
  package static let noEntry = ENOENT
  package static let exists = EEXIST
  package static let accessDenied = EACCES
  package static let notPermitted = EPERM
  package static let wouldBlock = EAGAIN
  package static let noSpace = ENOSPC
  package static let noMemory = ENOMEM
  package static let tooManyFiles = EMFILE
  package static let tooManyFilesInSystem = ENFILE
  package static let interrupted = EINTR
  package static let connectionReset = ECONNRESET
  package static let brokenPipe = EPIPE
  package static let noSuchProcess = ESRCH
  package static let timedOut = ETIMEDOUT
  package static let invalid = EINVAL
  package static let symbolicLinkLoop = ELOOP
  package static let readOnlyFileSystem = EROFS
  package static let notSupported = EOPNOTSUPP
  package static let isDirectory = EISDIR
  package static let noSuchDevice = ENXIO
  package static let noSuchCall = ENOSYS
  package static let fileTooBig = EFBIG
  package static let busy = EBUSY
  package static let deadlock = EDEADLK
  package static let ownerDead = EOWNERDEAD
  package static let notRecoverable = ENOTRECOVERABLE
  package static let overflow = EOVERFLOW
  package static let messageTooLong = EMSGSIZE
  package static let addressInUse = EADDRINUSE
  package static let connectionRefused = ECONNREFUSED
  package static let connectionAborted = ECONNABORTED
  package static let notDirectory = ENOTDIR

  /// The errors with which `open` reports that the kernel or the file system lacks `O_TMPFILE`.
  package static let noUnnamedFiles = [notSupported, isDirectory, invalid]
}
