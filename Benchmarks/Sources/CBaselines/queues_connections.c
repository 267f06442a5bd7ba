// Messages between two processes over SOCK_SEQPACKET sockets, which preserve message boundaries.
#define _GNU_SOURCE
#include "CBaselines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// One process and its end of the socket pair.
typedef struct {
  int socket;
  pid_t child; // 0 in the child
} side;

static int begin(side *own) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0) return -errno;
  own->child = fork();
  if (own->child < 0) return -errno;
  own->socket = ends[own->child == 0];
  close(ends[own->child != 0]);
  return 0;
}

static void finish(const side *own) {
  close(own->socket);
  while (waitpid(own->child, NULL, 0) < 0 && errno == EINTR) continue;
}

double limit_message_round_trip(int64_t bytes, int count) {
  char *message = calloc(1, (size_t)bytes);
  side own;
  int error = begin(&own);
  if (error < 0) return error;
  if (own.child == 0) {
    while (recv(own.socket, message, (size_t)bytes, 0) > 0 && send(own.socket, message, (size_t)bytes, 0) > 0) continue;
    _exit(0);
  }
  double start = 0;
  for (int i = -count / 10; i < count; i++) {
    if (i == 0) start = limit_now();
    if (send(own.socket, message, (size_t)bytes, 0) != bytes || recv(own.socket, message, (size_t)bytes, 0) != bytes) {
      finish(&own);
      return -EPIPE;
    }
  }
  const double seconds = limit_now() - start;
  finish(&own);
  free(message);
  return seconds / count;
}

double limit_message_stream(int64_t bytes, int64_t piece, int count) {
  char *message = malloc((size_t)bytes);
  memset(message, 1, (size_t)bytes);
  side own;
  int error = begin(&own);
  if (error < 0) return error;
  if (own.child == 0) {
    for (int i = 0; i <= count; i++)
      for (int64_t at = 0; at < bytes; at += piece)
        if (send(own.socket, message + at, (size_t)(bytes - at < piece ? bytes - at : piece), 0) < 0) _exit(1);
    _exit(0);
  }
  double start = 0;
  for (int i = 0; i <= count; i++) {
    for (int64_t at = 0; at < bytes; at += piece)
      if (recv(own.socket, message + at, (size_t)(bytes - at < piece ? bytes - at : piece), 0) <= 0) {
        finish(&own);
        return -EPIPE;
      }
    if (i == 0) start = limit_now();
  }
  const double seconds = limit_now() - start;
  finish(&own);
  free(message);
  return seconds / count;
}
