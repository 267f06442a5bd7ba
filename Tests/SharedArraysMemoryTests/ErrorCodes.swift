import SharedArraysMemory
import Testing

/// Returns the code of the error that `body` throws; nil if it throws none.
func code(_ body: () throws -> Void) -> SharedMemoryError.Code? {
  do {
    try body()
    return nil
  } catch let error as SharedMemoryError {
    return error.code
  } catch {
    Issue.record(error)
    return nil
  }
}
