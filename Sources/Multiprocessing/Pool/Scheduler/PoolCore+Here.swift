internal import SharedArraysSystem
internal import Synchronization

/// A pool of no workers: each call is done by the thread that makes it, in the same way as a worker would do it, so that a
/// debugger, a profiler or a print in the function shows what it does.
extension PoolCore {
  var isHere: Bool { options.workers == 0 }

  /// What a worker does before anything else, in this process.
  func prepareHere() {
    do throws(SystemError) {
      let (socket, own) = try Self.sockets()
      if !PoolWorker.isPrepared(setup(0, socket)) { drain(own, 0, currentProcess()) }
    } catch {
      broken = PoolError(.cannotStart, message: error.description)
    }
    // No thread looks after this pool, so none has to end.
    unsafe ending.pointee.store(1, ordering: .sequentiallyConsistent)
  }

  /// Does a job that has been taken in.
  func runHere(_ job: PoolJob) {
    while !job.hasEnded {
      guard let slot = locked({ job.slot }) else {
        job.waitForPlace(until: Deadline(after: nil))
        continue
      }
      guard let index = locked({ takeHereIndex() }) else {
        yieldCore()
        continue
      }
      do throws(SystemError) {
        let (socket, own) = try Self.sockets()
        var loop = PoolWorkerLoop(
          region: region, record: WorkerRecord(region: region, index: index), setup: setup(index, socket),
          bound: options.bound)
        loop.runOnce(slot)
        locked {
          drain(own, index, currentProcess())
          hereIndices.remove(index)
          collectIfDone(job)
        }
      } catch {
        locked {
          hereIndices.remove(index)
          job.failure = PoolError(.noMemory, message: error.description)
          end(job)
        }
      }
    }
  }

  private func takeHereIndex() -> Int? {
    guard let index = (0..<PoolRegion.mostWorkers).first(where: { !hereIndices.contains($0) }) else {
      return nil
    }
    hereIndices.insert(index)
    if index >= region.usedWorkers {
      region.usedWorkers = index + 1
      prepareEvents(index)
      EventRing(of: WorkerRecord(region: region, index: index))?.setReady()
    }
    return index
  }

  /// The end for who does the work, and the one for who takes in what he says.
  private static func sockets() throws(SystemError) -> (DescriptorBox, DescriptorBox) {
    var pair = try SocketPair()
    return (
      DescriptorBox(try OwnedDescriptor(duplicating: pair.other.rawValue)), DescriptorBox(pair.takeOwn())
    )
  }

  private func setup(_ index: Int, _ socket: DescriptorBox) -> PoolSetup {
    PoolSetup(
      index: index, byteCount: region.byteCount, mostTasks: 0, mostBytes: 0, core: -1, threadCount: 1,
      spinNanoseconds: 0,
      initializer: options.initializer, argument: options.argument, memory: socket, socket: socket)
  }
}
