/// The axes that a selection applies to.
@frozen
public enum SelectedAxes: Sendable {
  /// The next axis of the array.
  case one
  /// No axis of the array: the view gets a new axis of extent 1 here.
  case new
  /// All axes that no other selection applies to. The selection returns the indices of each of
  /// them.
  case ellipsis
}
