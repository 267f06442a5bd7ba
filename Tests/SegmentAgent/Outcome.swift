import SharedArraysMemory

/// The output of a command.
struct Outcome {
  let text: String
  let isError: Bool
}

/// An invalid command, or a check that failed.
struct AgentFailure: Error {
  let text: String
}

/// Returns the name of an error's code as the API spells it.
func codeName(of error: SharedMemoryError) -> String {
  let codes: [(SharedMemoryError.Code, String)] = [
    (.alreadyExists, "alreadyExists"), (.notFound, "notFound"), (.invalidName, "invalidName"),
    (.insufficientMemory, "insufficientMemory"), (.tooLarge, "tooLarge"),
    (.permissionDenied, "permissionDenied"), (.foreignUser, "foreignUser"),
    (.notARegularFile, "notARegularFile"), (.notASegment, "notASegment"), (.mismatch, "mismatch"),
    (.tooManyOpenFiles, "tooManyOpenFiles"), (.outOfAddressSpace, "outOfAddressSpace"),
    (.unavailable, "unavailable"), (.busy, "busy"), (.inUse, "inUse"), (.truncated, "truncated"),
    (.system, "system"),
  ]
  return codes.first { $0.0 == error.code }?.1 ?? "unknown"
}
