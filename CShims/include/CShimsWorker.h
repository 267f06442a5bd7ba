/// Workers: their parent-death pipes to the parent, messages with descriptors, and re-execution of
/// a program.
#ifndef CSHIMS_WORKER_H
#define CSHIMS_WORKER_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Returns the parent-death pipe of this process: the reading end of a pipe whose only writing end
/// this process keeps. The kernel closes the writing end when the process ends, however it ends.
/// The pipe is created at the first call. A forked child keeps neither end.
int cshims_parent_pipe(void);

/// Makes the kernel kill this process (SIGKILL) when the process behind a parent-death pipe ends;
/// at once if that process has already ended. The kernel sends the signal, so nothing in this
/// process needs to run for it. The caller keeps its descriptor. The function opens another one,
/// which stays open for ever.
int cshims_die_with(int parent_pipe);

/// Sets whether children that this thread forks from now on keep the reading end of this process's
/// parent-death pipe.
void cshims_keep_parent_pipe(int keeps);

/// Starts this process's program again, with one more environment variable, "NAME=VALUE". The new
/// process has descriptors 0 to 2, `first` as number 3 and `second` as number 4, and no others.
/// Signals have default handlers, and none is blocked. Returns the pid of the new process.
int cshims_spawn_self(int first, int second, const char *marker);

/// Creates a pair of sockets that preserve message boundaries, closed on exec.
int cshims_socket_pair(int ends[_Nonnull 2]);
/// Sends one message with descriptors; never raises SIGPIPE. `-EPIPE` if the other end is closed.
int64_t cshims_send_message(
  int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count, int may_block);
/// Receives one message. Returns its byte count, 0 if the other end is closed and no message is
/// left, or `-EMSGSIZE` if the message had more than `capacity` bytes. At most `*descriptor_count`
/// descriptors are received; exec closes them. If the sent descriptors exceed this process's
/// limit, the count is the bitwise complement of the number received, the first ones.
int64_t cshims_receive_message(
  int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int may_block);
/// Copies the beginning of the next message and leaves the message in the queue; -EAGAIN if there
/// is none.
int64_t cshims_peek_message(int socket, void *bytes, size_t capacity);
enum { CSHIMS_MOST_DESCRIPTORS = 253 };

/// Returns whether the process `pid` is deadlocked: it has one thread, which waits without a time
/// limit on a futex of its own memory, so no thread can ever release the lock.
int cshims_is_deadlocked(int pid);

/// The environment variable that identifies a program started as a worker.
#define CSHIMS_WORKER_MARKER "SHAREDARRAYS_WORKER"

/// Removes from the environment what `cshims_spawn_self` added.
void cshims_restore_environment(void);

/// Resets all signals to their default handlers and unblocks all of them.
void cshims_reset_signals(void);

// For a fork server: a process that does nothing but fork workers for another process.

/// Blocks SIGCHLD. Returns a descriptor that is readable when a child has ended.
int cshims_signal_descriptor(void);
/// Reaps one child that has ended. Returns its pid, or 0 if no child has ended; the other results
/// are those of `cshims_reap`.
int cshims_reap_any(int *kind, int *status, int64_t *most_memory);
/// Forks a worker that is killed when the process behind `parent_pipe` ends. The worker keeps the
/// server's descriptors 0 to 2 and has `socket` as number 3. Both arguments are above 4 in the
/// server.
int cshims_fork_from_server(int socket, int parent_pipe);
/// Forks a worker that is killed when the process behind `parent_pipe` ends. The worker keeps all
/// descriptors except the one that binds this process's life to its own parent.
int cshims_fork_from_template(int parent_pipe);
/// Reads and discards what is available.
void cshims_drain(int descriptor);

/// Returns whether this code is linked into the program itself, not into a library that it loads.
/// The program's types exist before `main` begins only in the first case.
int cshims_is_linked_statically(void);

#pragma clang assume_nonnull end
#endif
