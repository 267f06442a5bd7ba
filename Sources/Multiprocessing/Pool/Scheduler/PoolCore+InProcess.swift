internal import SharedArraysSystem
internal import Synchronization

/// A pool without workers. The calling thread does the work of each call in the same way as a
/// worker would, so that a debugger, a profiler or a print in the function shows what it does.
extension PoolCore {
  var isHere: Bool { options.workers == 0 }

  /// Prepares this process as a worker prepares itself before anything else.
  func prepareHere() {
    do throws(SystemError) {
      let (socket, own) = try Self.sockets()
      if !PoolWorker.isPrepared(setup(0, socket)) { drain(own, 0, currentProcess()) }
    } catch {
      broken = PoolError(.cannotStart, message: error.description)
    }
    // SAFETY: `ending` is allocated as long as the pool lives. No manager thread attends to this
    // pool, so none has to end.
    unsafe ending.pointee.store(1, ordering: .sequentiallyConsistent)
  }

  /// Runs a job that has been submitted.
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
          workers.giveInProcessIndex(index)
          collectIfDone(job)
        }
      } catch {
        locked {
          workers.giveInProcessIndex(index)
          job.failure = PoolError(.insufficientMemory, message: error.description)
          end(job)
        }
      }
    }
  }

  private func takeHereIndex() -> Int? {
    guard let index = workers.takeInProcessIndex(below: PoolRegion.mostWorkers) else { return nil }
    if index >= region.usedWorkers {
      region.usedWorkers = index + 1
      prepareEvents(index)
      EventRing(of: WorkerRecord(region: region, index: index))?.setReady()
    }
    return index
  }

  /// Returns the worker's end of a socket pair, and the receiver's end.
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
