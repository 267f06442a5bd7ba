#define _GNU_SOURCE
#include "CShimsWorker.h"
#include "CShimsMemory.h"
#include "CShimsProcess.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// The number 1, in a spelling that no user would choose, so that the worker knows that the value
// was not in its parent's environment.
#define OWN_THREADS "001"

static int result(long r) { return r < 0 ? -errno : (int)r; }

// Both belong to this process; a forked child closes its copies before any code of the program runs
// there.
static int parent_pipe_reading = -1, parent_pipe_writing = -1;
static pthread_mutex_t parent_pipe_mutex = PTHREAD_MUTEX_INITIALIZER;
// Set in the thread that forks a worker; the worker still needs its parent's parent-death pipe
// briefly.
static _Thread_local int keeps_parent_pipe;

static void close_parent_pipe(void) {
  if (parent_pipe_writing >= 0) close(parent_pipe_writing);
  if (parent_pipe_reading >= 0 && !keeps_parent_pipe) close(parent_pipe_reading);
  parent_pipe_reading = parent_pipe_writing = -1;
  pthread_mutex_init(&parent_pipe_mutex, NULL);
}

__attribute__((constructor)) static void watch_parent_pipe(void) { pthread_atfork(NULL, NULL, close_parent_pipe); }

void cshims_keep_parent_pipe(int keeps) { keeps_parent_pipe = keeps; }

int cshims_parent_pipe(void) {
  pthread_mutex_lock(&parent_pipe_mutex);
  int r = parent_pipe_reading;
  if (r < 0) {
    int ends[2];
    r = result(pipe2(ends, O_CLOEXEC));
    if (r == 0) {
      r = cshims_above_stdio(ends[0]);
      int writing = cshims_above_stdio(ends[1]);
      if (r >= 0 && writing >= 0) {
        parent_pipe_reading = r;
        parent_pipe_writing = writing;
      } else {
        close(r >= 0 ? r : writing);
        r = r < 0 ? r : writing;
      }
    }
  }
  pthread_mutex_unlock(&parent_pipe_mutex);
  return r;
}

// The description through which the kernel kills this process when its parent ends.
static int worker_pipe = -1;

int cshims_die_with(int parent_pipe) {
  // Without printf: each page of code that a forked child is the first to use costs it a page
  // fault.
  char path[40] = "/proc/self/fd/", digits[12];
  int count = 0;
  for (int rest = parent_pipe; rest > 0 || count == 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  for (char *end = path + strlen(path); count > 0;) *end++ = digits[--count];
  // Opens a new description: the inherited one is shared with the parent and all its workers.
  int own = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (own < 0) return -errno;
  if (fcntl(own, F_SETOWN, getpid()) < 0 || fcntl(own, F_SETSIG, SIGKILL) < 0
      || fcntl(own, F_SETFL, O_ASYNC | O_NONBLOCK) < 0) {
    int saved = errno;
    close(own);
    return -saved;
  }
  worker_pipe = own;
  // The parent might already have ended.
  struct pollfd state = {.fd = own, .events = POLLIN};
  if (poll(&state, 1, 0) > 0) _exit(1);
  return 0;
}

int cshims_spawn_self(int first, int second, const char *marker) {
  size_t count = 0;
  while (environ[count]) count++;
  char **variables = calloc(count + 3, sizeof *variables);
  if (!variables) return -ENOMEM;
  memcpy(variables, environ, count * sizeof *variables);
  variables[count] = (char *)marker;
  // OpenBLAS starts its threads when it is loaded; a worker computes with one.
  if (!getenv("OPENBLAS_NUM_THREADS")) variables[count + 1] = "OPENBLAS_NUM_THREADS=" OWN_THREADS;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  // Moves both out of the way of 3 and 4, whatever their numbers are.
  int a = fcntl(first, F_DUPFD_CLOEXEC, 10), b = fcntl(second, F_DUPFD_CLOEXEC, 10);
  int error = a < 0 || b < 0 ? errno : 0;
  pid_t pid = -1;
  if (!error) {
    posix_spawn_file_actions_adddup2(&actions, a, 3);
    posix_spawn_file_actions_adddup2(&actions, b, 4);
    posix_spawn_file_actions_addclosefrom_np(&actions, 5);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *arguments[] = {program_invocation_name, NULL};
    error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments, variables);
  }
  if (a >= 0) close(a);
  if (b >= 0) close(b);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  free(variables);
  return error ? -error : pid;
}

int cshims_socket_pair(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
  ends[0] = cshims_above_stdio(ends[0]);
  ends[1] = cshims_above_stdio(ends[1]);
  if (ends[0] >= 0 && ends[1] >= 0) return 0;
  int error = ends[0] < 0 ? ends[0] : ends[1];
  close(ends[0] >= 0 ? ends[0] : ends[1]);
  return error;
}

typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(CSHIMS_MOST_DESCRIPTORS * sizeof(int))];
} control;

int64_t cshims_send_message(
  int socket, const void *bytes, size_t count, const int *descriptors, int descriptor_count, int may_block) {
  if (descriptor_count > CSHIMS_MOST_DESCRIPTORS) return -EINVAL;
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  control room;
  if (descriptor_count > 0) {
    memset(&room, 0, sizeof room);
    message.msg_control = room.bytes;
    message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, descriptor_count * sizeof(int));
  }
  ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL | (may_block ? 0 : MSG_DONTWAIT));
  return sent < 0 ? -errno : sent;
}

int64_t cshims_receive_message(
  int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int may_block) {
  struct iovec part = {.iov_base = bytes, .iov_len = capacity};
  control room;
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
  ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (may_block ? 0 : MSG_DONTWAIT));
  if (received < 0) return -errno;
  int kept = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < count; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof descriptor);
      if (kept < *descriptor_count && !(message.msg_flags & MSG_TRUNC)) {
        descriptors[kept++] = cshims_above_stdio(descriptor);
      } else {
        close(descriptor);
      }
    }
  }
  *descriptor_count = message.msg_flags & MSG_CTRUNC ? ~kept : kept;
  return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : received;
}

int64_t cshims_peek_message(int socket, void *bytes, size_t capacity) {
  ssize_t count = recv(socket, bytes, capacity, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 ? -errno : count;
}

int cshims_is_deadlocked(int pid) {
  char path[40], text[256];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  // With more than one thread, another thread might hold the lock. Each thread is a directory, and
  // each directory adds a link to this one.
  struct stat status;
  if (stat(path, &status) < 0 || status.st_nlink != 3) return 0;
  snprintf(path, sizeof path, "/proc/%d/syscall", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return 0;
  text[count] = 0;
  long call;
  unsigned long address, operation, value, timeout;
  if (sscanf(text, "%ld %lx %lx %lx %lx", &call, &address, &operation, &value, &timeout) != 5) return 0;
  enum { WAIT = 0, LOCK_PI = 6, WAIT_BITSET = 9, PRIVATE = 128, CLOCK_REALTIME_FLAG = 256 };
  if (call != SYS_futex || timeout != 0) return 0;
  operation &= ~(unsigned long)CLOCK_REALTIME_FLAG;
  return operation == (WAIT | PRIVATE) || operation == (LOCK_PI | PRIVATE) || operation == (WAIT_BITSET | PRIVATE);
}

int cshims_is_linked_statically(void) {
  Dl_info own;
  struct link_map *map = NULL;
  if (!dladdr1((void *)cshims_is_linked_statically, &own, (void **)&map, RTLD_DL_LINKMAP) || !map) return 0;
  return map->l_name[0] == 0;
}

// Defined in the module Multiprocessing, if that is part of the program.
extern void sharedarrays_worker_main(const char *mode) __attribute__((weak));

// Runs before `main` of a program that was started again as a worker. A mode that begins with
// "main" leaves it to `main`.
__attribute__((constructor)) static void become_worker(void) {
  const char *marker = getenv(CSHIMS_WORKER_MARKER);
  if (!marker || !strncmp(marker, "main", 4) || !sharedarrays_worker_main) return;
  char mode[32];
  snprintf(mode, sizeof mode, "%s", marker);
  cshims_restore_environment();
  sharedarrays_worker_main(mode);
  _exit(0);
}

void cshims_restore_environment(void) {
  unsetenv(CSHIMS_WORKER_MARKER);
  const char *threads = getenv("OPENBLAS_NUM_THREADS");
  if (threads && !strcmp(threads, OWN_THREADS)) unsetenv("OPENBLAS_NUM_THREADS");
}

int cshims_signal_descriptor(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  return result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int cshims_reap_any(int *kind, int *status, int64_t *most_memory) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  struct rusage usage;
  if (syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG, &usage) < 0) return errno == ECHILD ? 0 : -errno;
  if (!info.si_pid) return 0;
  *kind = info.si_code == CLD_EXITED ? CSHIMS_EXITED : CSHIMS_SIGNALED;
  *status = info.si_status;
  *most_memory = (int64_t)usage.ru_maxrss * 1024;
  return info.si_pid;
}

int cshims_fork_from_server(int socket, int parent_pipe) {
  pid_t child = fork();
  if (child != 0) return child < 0 ? -errno : child;
  // The worker must not keep the server's other descriptors, which include those of its other
  // workers.
  if (dup2(socket, 3) < 0 || dup2(parent_pipe, 4) < 0 || cshims_close_range(5, ~0u) < 0 || cshims_die_with(4) < 0) {
    _exit(1);
  }
  fcntl(3, F_SETFD, FD_CLOEXEC);
  close(4);
  cshims_reset_signals();
  return 0;
}

int cshims_fork_from_template(int parent_pipe) {
  pid_t child = fork();
  if (child != 0) return child < 0 ? -errno : child;
  // Closes the description that kills the template, not this worker.
  if (worker_pipe >= 0) close(worker_pipe);
  if (cshims_die_with(parent_pipe) < 0) _exit(1);
  cshims_reset_signals();
  return 0;
}

void cshims_drain(int descriptor) {
  char bytes[1024];
  while (read(descriptor, bytes, sizeof bytes) > 0) continue;
}
