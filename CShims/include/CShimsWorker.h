/// Workers: their ties to the parent, messages with descriptors, starting a program anew.
#ifndef CSHIMS_WORKER_H
#define CSHIMS_WORKER_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// The life line of this process: the reading end of a pipe whose only writing end this process keeps, so that
/// the kernel closes it when the process ends, however it ends. Made at the first call. A forked child keeps neither end.
int cshims_life_line(void);

/// Lets the kernel kill this process (SIGKILL) when the process behind a life line ends; at once if it has ended. The
/// kernel sends the signal, so nothing in this process needs to run for it. The descriptor stays the caller's; one of
/// this function's own stays open for ever.
int cshims_die_with(int life_line);

/// Whether children that this thread forks from now on keep the reading end of this process's life line.
void cshims_keep_life_line(int keeps);

/// Starts this process's program anew, with descriptor 0 to 2 and `first`, `second` as numbers 3 and 4, no others, and
/// one more environment variable, "NAME=VALUE". Signals have default handlers, and none is blocked.
/// Returns the pid of the new process.
int cshims_spawn_self(int first, int second, const char *marker);

/// A pair of sockets that keep the borders of messages, closed on exec.
int cshims_socket_pair(int ends[_Nonnull 2]);
/// Sends one message with descriptors; never raises SIGPIPE. `-EPIPE` if the other end is closed.
int64_t cshims_send_message(
  int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count, int may_block);
/// Receives one message: returns its bytes, 0 if the other end is closed and nothing is left, or `-EMSGSIZE` if it had
/// more than `capacity`. At most `*descriptor_count` descriptors come with it; they are closed on exec. The count is that of
/// the first ones, all bits turned over, where this process may not have as many more as came.
int64_t cshims_receive_message(
  int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int may_block);
/// Copies the beginning of the next message and leaves the message where it is; -EAGAIN if there is none.
int64_t cshims_peek_message(int socket, void *bytes, size_t capacity);
enum { CSHIMS_MOST_DESCRIPTORS = 253 };

/// Whether the process behind `pid`, which has one thread, waits for a lock that nobody can ever give back: in a futex
/// of its own memory, without time limit.
int cshims_is_deadlocked(int pid);

/// The environment variable by which a program that was started anew knows that it is a worker.
#define CSHIMS_WORKER_MARKER "SHAREDARRAYS_WORKER"

/// Takes what `cshims_spawn_self` added out of the environment again.
void cshims_restore_environment(void);

/// Gives all signals their default handlers and blocks none.
void cshims_reset_signals(void);

// For a process that does nothing but fork workers for another one.

/// Blocks SIGCHLD; the descriptor is readable when a child has ended.
int cshims_signal_descriptor(void);
/// Reaps one child that has ended: its pid, or 0 if there is none; the others as `cshims_reap`.
int cshims_reap_any(int *kind, int *status, int64_t *most_memory);
/// Forks a worker that is killed when the process behind `life_line` ends. Of the server's descriptors it has 0 to 2, and
/// `socket` as number 3. Both are above 4 in the server.
int cshims_fork_from_server(int socket, int life_line);
/// Forks a worker that is killed when the process behind `life_line` ends. It keeps all descriptors but the one that tied
/// this process to its own parent.
int cshims_fork_from_template(int life_line);
/// Reads what is there, and forgets it.
void cshims_drain(int descriptor);

/// Whether this code is part of the program itself, not of a library that it loads: only then do the program's types
/// exist before `main` begins.
int cshims_is_linked_statically(void);

#pragma clang assume_nonnull end
#endif
