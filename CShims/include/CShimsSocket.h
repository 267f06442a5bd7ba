/// Messages between processes: sockets that keep the borders of messages, and listeners at paths.
#ifndef CSHIMS_SOCKET_H
#define CSHIMS_SOCKET_H

#include "CShimsMemory.h"

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Sends one message, a head and a body, with descriptors; never raises SIGPIPE. -EPIPE if the other end is closed,
/// -EAGAIN if there is no room, unless the call may wait; -EMSGSIZE if the message is too large for the socket.
int64_t cshims_socket_send(
  int socket, const void *head, size_t head_count, const void *_Nullable body, size_t body_count,
  const int *_Nullable descriptors, int descriptor_count, int may_wait);

enum { CSHIMS_MESSAGE_CUT = 1, CSHIMS_DESCRIPTORS_LOST = 2 };
/// Receives one message: returns how many of its bytes were stored, 0 if the other end is closed and nothing is left.
/// `flags` tells whether bytes did not fit, or descriptors could not be taken in. There is room for
/// CSHIMS_MOST_DESCRIPTORS descriptors, which are the caller's, and are closed on exec.
int64_t cshims_socket_receive(
  int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int may_wait, int *flags);

/// Lets calls that wait return -EAGAIN after a while, and begin anew if they want to.
int cshims_socket_set_patience(int socket, int milliseconds);
/// 1 if it is a connected local socket that keeps the borders of messages.
int cshims_socket_keeps_borders(int socket);
/// Waits until there is something to receive, or room to send: 0 if there is not in time.
int cshims_socket_wait(int socket, int to_send, int milliseconds);
/// 1 if the other end is closed and has left nothing.
int cshims_socket_has_gone(int socket);
/// The user and process at the other end, as they were when the ends were connected.
int cshims_socket_peer(int socket, uint32_t *user, int *pid);

// Paths have at most 107 bytes; -ENAMETOOLONG.

/// Listens at a path at which nothing is, for this user alone; -EADDRINUSE.
int cshims_socket_listen(const char *path);
/// -EAGAIN if nobody is there yet; the new socket is closed on exec.
int cshims_socket_accept(int listener);
/// -ECONNREFUSED if nobody listens any more, -EAGAIN if too many others wait.
int cshims_socket_connect(const char *path);
enum { CSHIMS_LONGEST_SOCKET_PATH = 107 };

// Names in a directory that is open.

int cshims_open_directory(const char *path);
int cshims_status_in(int directory, const char *name, cshims_file_status *status); // never follows a symbolic link
int cshims_remove_in(int directory, const char *name);
int cshims_unlock(int descriptor);

/// Forbids any later change of a memfd, its bytes included, by anyone. -EBUSY while it is mapped for writing.
int cshims_seal_contents(int descriptor);
/// 1 if nobody can change it any more.
int cshims_is_unchangeable(int descriptor);

#pragma clang assume_nonnull end
#endif
