import Foundation
import Testing

/// Committed files with answers of NumPy 2, for expressions whose values depend on the version of
/// NumPy.
///
/// A test compares its results with those in the file, whatever version of NumPy is installed. If
/// the installed version is recent enough, the test also compares with NumPy itself, so that a
/// wrong file causes a failure. `RECORD_NUMPY=1` writes the file.
enum RecordedAnswers {
  /// Returns the two program arguments that form the `record` of the Python function `answers`: the
  /// path of the file with this name in `NumPy2Answers`, and the suite that writes it. Without a
  /// name, both are empty, and only NumPy is used.
  static func arguments(recordedAs name: String?, by sourceLocation: SourceLocation) -> [String] {
    guard let name else { return ["", ""] }
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "NumPy2Answers")
    return [folder.appending(path: name + ".npz").path, String(sourceLocation.fileName.prefix { $0 != "." })]
  }

  /// The definition of the Python function `answers`, to be put at the start of a program.
  static let program = """
    import hashlib, os, sys, numpy as np
    def digest(inputs):
      # The SHA-256 digest of names, types, shapes and elements. All NaNs count as the same one.
      result = hashlib.sha256()
      for name, x in inputs.items():
        x = np.array(x, order='C')
        if x.dtype.kind in 'fc':
          parts = x.reshape(-1).view(x.real.dtype)
          parts[parts != parts] = np.nan
        result.update(f'{name} {x.dtype.str} {x.shape} '.encode() + x.tobytes())
      return result.hexdigest()
    def answers(record, inputs, questions, ask, since):
      # Pairs of a source and its answers. The sources are the file of the record, unless it is empty, and this NumPy,
      # if its version is at least `since`.
      file, test = record
      version = tuple(int(part) for part in np.__version__.split('.')[:2])
      sources = []
      if version >= since:
        sources.append(('NumPy ' + np.__version__, [np.asarray(ask(question)) for question in questions]))
      oldest = '.'.join(map(str, since))
      if not file:
        return sources or sys.exit(f'NumPy {np.__version__} is too old, {oldest} or later is needed.')
      how = f'record it with NumPy {oldest} or later: RECORD_NUMPY=1 swift test --filter {test}'
      if os.environ.get('RECORD_NUMPY') == '1':
        if not sources: sys.exit(f'NumPy {np.__version__} is too old to record answers; {how}')
        numbered = {f'answer{n}': answer for n, answer in enumerate(sources[0][1])}
        np.savez_compressed(
          file, numpy=np.__version__, inputs=digest(inputs), questions=questions, **numbered)
      if not os.path.exists(file): sys.exit(f'{file} is missing; {how}')
      with np.load(file) as recorded:
        if recorded['inputs'] != digest(inputs): sys.exit(f'{file} has answers for other inputs; {how}')
        if recorded['questions'].tolist() != questions: sys.exit(f'{file} answers other questions; {how}')
        found = [recorded[f'answer{n}'] for n in range(len(questions))]
        sources.append((f'{os.path.basename(file)} of NumPy {recorded["numpy"]}', found))
      return sources

    """
}
