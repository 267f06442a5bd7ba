import SharedArraysMemory

/// What a command has to say.
struct Outcome {
  let text: String
  let isError: Bool
}

/// A command that makes no sense, or a check that failed.
struct AgentFailure: Error {
  let text: String
}

/// The name of an error's code as the API spells it.
func codeName(of error: SharedMemoryError) -> String {
  let codes: [(SharedMemoryError.Code, String)] = [
    (.alreadyExists, "alreadyExists"), (.notFound, "notFound"), (.invalidName, "invalidName"),
    (.insufficientSpace, "insufficientSpace"), (.tooLarge, "tooLarge"),
    (.permissionDenied, "permissionDenied"), (.foreignOwner, "foreignOwner"),
    (.notARegularFile, "notARegularFile"), (.notASegment, "notASegment"), (.mismatch, "mismatch"),
    (.tooManyOpenFiles, "tooManyOpenFiles"), (.outOfAddressSpace, "outOfAddressSpace"),
    (.unavailable, "unavailable"), (.busy, "busy"), (.inUse, "inUse"), (.truncated, "truncated"),
    (.system, "system"),
  ]
  return codes.first { $0.0 == error.code }?.1 ?? "unknown"
}
