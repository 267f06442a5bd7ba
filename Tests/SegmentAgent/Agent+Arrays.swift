import SharedArraysCore
import SharedArraysMemory
import SharedArraysSystem

/// A mapping that can be kept in an array.
final class Kept {
  let mapping: MemoryMapping
  init(mapping: consuming MemoryMapping) { self.mapping = mapping }
}

extension Agent {
  /// Runs the commands of a user's program: arrays with elements, and raw blocks.
  mutating func performOnArrays(_ words: Arguments) throws -> String? {
    switch words.command {
    case "array":  // NAME EXTENT...: creates a temporary array of doubles
      let name = try words.text(1)
      let shape = try (2..<words.count).map { try words.number($0) }
      arrays[name] = try SharedArray<Double>.create(name, shape: Shape(shape))
      return "created \(name)"
    case "attach-array":  // NAME
      let name = try words.text(1)
      arrays[name] = try SharedArray<Double>.attach(name)
      return "attached \(name)"
    case "map":  // NAME: as programs in other languages do, without a lock, and until the process ends
      let file = try OwnedDescriptor.openSharedMemory(named: words.text(1), .readWrite)
      let mapping = try MemoryMapping(of: file, byteCount: pageSize, access: .readWrite)
      mappings.append(Kept(mapping: mapping))
      return "mapped"
    case "block":  // BYTES [NAME]
      let byteCount = try words.number(1)
      let block =
        words.count > 2
        ? try SharedBlock.create(words.text(2), byteCount: byteCount)
        : try SharedBlock.create(.generated, byteCount: byteCount)
      blocks[block.name] = block
      return block.name
    default: return nil
    }
  }
}
