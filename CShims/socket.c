#define _GNU_SOURCE
#include "CShimsSocket.h"
#include "CShimsWorker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int result(long r) { return r < 0 ? -errno : (int)r; }

enum { CSHIMS_SMALL_MESSAGE = 2048 };

typedef union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(CSHIMS_MOST_DESCRIPTORS * sizeof(int))];
} control;

// Uses system calls directly: libc's functions are cancellation points, and no thread is cancelled
// here.
int64_t cshims_socket_send(
  int socket, const void *head, size_t head_count, const void *body, size_t body_count, const int *descriptors,
  int descriptor_count, int may_wait) {
  if (descriptor_count > CSHIMS_MOST_DESCRIPTORS) return -EINVAL;
  struct iovec parts[2] = {
    {.iov_base = (void *)head, .iov_len = head_count}, {.iov_base = (void *)body, .iov_len = body_count}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = body_count > 0 ? 2 : 1};
  control room;
  if (descriptor_count > 0) {
    memset(&room, 0, CMSG_SPACE(descriptor_count * sizeof(int)));
    message.msg_control = room.bytes;
    message.msg_controllen = CMSG_SPACE(descriptor_count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptor_count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, descriptor_count * sizeof(int));
  }
  // Copying a small message is cheaper than having the kernel read an array of its parts.
  char whole[CSHIMS_SMALL_MESSAGE];
  if (descriptor_count == 0 && body_count <= sizeof whole && head_count <= sizeof whole - body_count) {
    memcpy(whole, head, head_count);
    if (body_count > 0) memcpy(whole + head_count, body, body_count);
    int flags = MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT);
    long sent = syscall(SYS_sendto, socket, whole, head_count + body_count, flags, NULL, 0);
    return sent < 0 ? -errno : sent;
  }
  long sent = syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT));
  return sent < 0 ? -errno : sent;
}

int64_t cshims_socket_receive(
  int socket, void *bytes, size_t capacity, int *descriptors, int *descriptor_count, int may_wait, int *flags) {
  struct iovec part = {.iov_base = bytes, .iov_len = capacity};
  control room;
  struct msghdr message = {
    .msg_iov = &part, .msg_iovlen = 1, .msg_control = room.bytes, .msg_controllen = sizeof room.bytes};
  *descriptor_count = 0;
  *flags = 0;
  long received = syscall(SYS_recvmsg, socket, &message, MSG_CMSG_CLOEXEC | (may_wait ? 0 : MSG_DONTWAIT));
  if (received < 0) return -errno;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(descriptors + *descriptor_count, CMSG_DATA(header), count * sizeof(int));
    *descriptor_count += count;
  }
  if (message.msg_flags & MSG_TRUNC) *flags |= CSHIMS_MESSAGE_CUT;
  if (message.msg_flags & MSG_CTRUNC) *flags |= CSHIMS_DESCRIPTORS_LOST;
  return received;
}

int cshims_socket_set_patience(int socket, int milliseconds) {
  struct timeval time = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  int r = result(setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
  return r < 0 ? r : result(setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
}

int cshims_socket_keeps_borders(int socket) {
  int domain = 0, type = 0;
  struct sockaddr_un peer;
  socklen_t size = sizeof domain;
  if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0) return -errno;
  size = sizeof type;
  if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return -errno;
  if (domain != AF_UNIX || type != SOCK_SEQPACKET) return 0;
  // A socket whose other end has closed still counts: a receive from it reports that.
  size = sizeof peer;
  return getpeername(socket, (struct sockaddr *)&peer, &size) == 0;
}

int cshims_socket_wait(int socket, int to_send, int milliseconds) {
  struct pollfd state = {.fd = socket, .events = to_send ? POLLOUT : POLLIN};
  return result(poll(&state, 1, milliseconds));
}

int cshims_socket_has_gone(int socket) {
  char byte;
  return result(recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC)) == 0;
}

int cshims_socket_peer(int socket, uint32_t *user, int *pid) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -errno;
  *user = peer.uid;
  *pid = peer.pid;
  return 0;
}

static int address_of(const char *path, struct sockaddr_un *address) {
  size_t count = strlen(path);
  if (count == 0) return -ENOENT;
  if (count > CSHIMS_LONGEST_SOCKET_PATH) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, count);
  return 0;
}

static int closing(int descriptor, int error) {
  close(descriptor);
  return -error;
}

int cshims_socket_listen(const char *path) {
  struct sockaddr_un address;
  int r = address_of(path, &address);
  if (r < 0) return r;
  int socket_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return -errno;
  // bind gives the file the mode of the socket, so that the file never has another mode.
  if (fchmod(socket_, 0600) < 0 || bind(socket_, (struct sockaddr *)&address, sizeof address) < 0
      || listen(socket_, 128) < 0) {
    return closing(socket_, errno);
  }
  return socket_;
}

int cshims_socket_accept(int listener) { return result(accept4(listener, NULL, NULL, SOCK_CLOEXEC)); }

int cshims_socket_connect(const char *path) {
  struct sockaddr_un address;
  int r = address_of(path, &address);
  if (r < 0) return r;
  int socket_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return -errno;
  if (connect(socket_, (struct sockaddr *)&address, sizeof address) < 0 || fcntl(socket_, F_SETFL, 0) < 0) {
    return closing(socket_, errno);
  }
  return socket_;
}

int cshims_open_directory(const char *path) { return result(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)); }

int cshims_status_in(int directory, const char *name, cshims_file_status *status) {
  struct stat s;
  if (fstatat(directory, name, &s, AT_SYMLINK_NOFOLLOW) < 0) return -errno;
  *status = (cshims_file_status){
    .device = s.st_dev, .inode = s.st_ino, .size = s.st_size, .allocated_bytes = s.st_blocks * 512,
    .links = s.st_nlink, .owner = s.st_uid, .mode = s.st_mode, .modified_seconds = s.st_mtim.tv_sec};
  return 0;
}

int cshims_remove_in(int directory, const char *name) { return result(unlinkat(directory, name, 0)); }

int cshims_unlock(int descriptor) { return result(flock(descriptor, LOCK_UN)); }

int cshims_seal_contents(int descriptor) {
  return result(fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL));
}

int cshims_is_unchangeable(int descriptor) {
  int seals = fcntl(descriptor, F_GET_SEALS), wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  return seals < 0 ? -errno : (seals & wanted) == wanted;
}
