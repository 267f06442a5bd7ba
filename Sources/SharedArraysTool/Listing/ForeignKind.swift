/// The program that created a file in /dev/shm, as guessed from its name or from the start or end
/// of its content.
enum ForeignKind {
  /// The prefixes of names. A longer prefix precedes the prefixes that it begins with.
  private static let prefixes: [(prefix: String, kind: String)] = [
    ("psm_", "python"), ("sem.mp-", "python-semaphore"), ("sem.loky-", "joblib-semaphore"),
    ("sem.", "semaphore"), ("joblib_memmapping_folder_", "joblib"), ("loky-", "joblib"),
    ("torch_", "pytorch"), ("vader_segment.", "openmpi"), ("sm_segment.", "openmpi"),
    ("mpich_shar_tmp", "mpich"), ("mpich_shm_", "mpich"), ("ucx_shm_posix_", "ucx"),
    ("Intel_MPI_", "intel-mpi"), ("shm-col-space-", "intel-mpi"),
    ("impi-shm-", "intel-mpi"), ("pulse-shm-", "pulseaudio"),
  ]

  /// Returns the kind according to the name; nil if no known program uses such a name.
  static func of(name: String) -> String? {
    prefixes.first { name.hasPrefix($0.prefix) }?.kind
  }

  /// All kinds that ``of(name:)`` and the contents can yield, for the help text.
  static let documentation = """
    array (created by this package), draft (an array that does not have its name yet), block (a SharedBlock \
    with a name that this package generated), npy (a plain .npy file), python \
    (multiprocessing.SharedMemory), python-semaphore, semaphore (POSIX), joblib, joblib-semaphore, pytorch, \
    openmpi, mpich, intel-mpi, ucx (under MPI), pulseaudio, SharedArray (the PyPI package), special (a \
    directory, a link or similar), other. A SharedBlock contains only its bytes: with a name chosen by the \
    program it is listed as "other", or as the kind that its name or bytes suggest
    """

  /// Returns whether a file ends with the trailer of the PyPI package SharedArray: a magic text of
  /// 16 bytes, size, type, element size, number of axes, and room for 32 or 64 extents.
  static func isSharedArrayPackage(tail: [UInt8]) -> Bool {
    let magic = Array("[SharedArray]\0".utf8)
    return [548, 292].contains { size in
      tail.count >= size && tail.suffix(size).starts(with: magic)
    }
  }
}
