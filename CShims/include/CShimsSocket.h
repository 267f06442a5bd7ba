/// Messages between processes: sockets that preserve message boundaries, and listeners at paths.
#ifndef CSHIMS_SOCKET_H
#define CSHIMS_SOCKET_H

#include "CShimsMemory.h"

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Sends one message, a head and a body, with descriptors; never raises SIGPIPE. -EPIPE if the
/// other end is closed; -EAGAIN if the socket has no room, unless the call may wait; -EMSGSIZE if
/// the message is too large for the socket.
int64_t cshims_socket_send(
  int socket, const void *head, size_t head_count, const void *_Nullable body, size_t body_count,
  const int *_Nullable descriptors, int descriptor_count, int may_wait);

enum { CSHIMS_MESSAGE_CUT = 1, CSHIMS_DESCRIPTORS_LOST = 2 };
/// Receives one message. Returns the number of its bytes that were stored, or 0 if the other end is
/// closed and no message is left. `flags` reports whether bytes did not fit, or descriptors could
/// not be received. `descriptors` has room for CSHIMS_MOST_DESCRIPTORS descriptors; the caller owns
/// those that are received, and exec closes them.
int64_t cshims_socket_receive(
  int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int may_wait, int *flags);

/// Sets the time after which calls that wait return -EAGAIN. The caller can then call again.
int cshims_socket_set_patience(int socket, int milliseconds);
/// Returns 1 if the descriptor is a connected local socket that preserves message boundaries.
int cshims_socket_keeps_borders(int socket);
/// Waits until a message can be received or sent. Returns 0 at the timeout.
int cshims_socket_wait(int socket, int to_send, int milliseconds);
/// Returns 1 if the other end is closed and no message is left.
int cshims_socket_has_gone(int socket);
/// Stores the user and the process at the other end, as they were when the ends were connected.
int cshims_socket_peer(int socket, uint32_t *user, int *pid);

// A path has at most 107 bytes; -ENAMETOOLONG otherwise.

/// Listens at a path at which no file exists, for this user alone; -EADDRINUSE.
int cshims_socket_listen(const char *path);
/// Accepts a connection; -EAGAIN if none is pending. exec closes the new socket.
int cshims_socket_accept(int listener);
/// -ECONNREFUSED if no process listens any more, -EAGAIN if the listener's backlog is full.
int cshims_socket_connect(const char *path);
enum { CSHIMS_LONGEST_SOCKET_PATH = 107 };

// Names in an open directory.

int cshims_open_directory(const char *path);
int cshims_status_in(int directory, const char *name, cshims_file_status *status); // never follows a symbolic link
int cshims_remove_in(int directory, const char *name);
int cshims_unlock(int descriptor);

/// Seals a memfd against any later change by any process, including of its bytes. -EBUSY while it
/// is mapped for writing.
int cshims_seal_contents(int descriptor);
/// Returns 1 if no process can change the memfd any more.
int cshims_is_unchangeable(int descriptor);

#pragma clang assume_nonnull end
#endif
