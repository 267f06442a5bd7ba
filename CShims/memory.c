#define _GNU_SOURCE
#include "CShimsMemory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define SHM "/dev/shm/"
enum { PATH_BYTES = sizeof SHM + 256 };

static int result(int r) { return r < 0 ? -errno : r; }

int cshims_above_stdio(int descriptor) {
  if (descriptor < 0) return -errno;
  if (descriptor > 2) return descriptor;
  int r = result(fcntl(descriptor, F_DUPFD_CLOEXEC, 3));
  close(descriptor);
  return r;
}

/// Writes the path of a shared memory object; -ENAMETOOLONG if it does not fit.
static int shm_path(char path[PATH_BYTES], const char *name) {
  size_t length = strlen(name);
  if (length >= PATH_BYTES - strlen(SHM)) return -ENAMETOOLONG;
  memcpy(path, SHM, strlen(SHM));
  memcpy(path + strlen(SHM), name, length + 1);
  return 0;
}

int cshims_shm_create(const char *name, uint32_t mode) {
  return cshims_above_stdio(shm_open(name, O_RDWR | O_CREAT | O_EXCL, mode));
}

int cshims_shm_open(const char *name, int access) {
  char path[PATH_BYTES];
  int r = shm_path(path, name);
  if (r < 0) return r;
  // Not shm_open: it waits for a writer where the name leads to a FIFO.
  int flags = access == CSHIMS_READ_WRITE ? O_RDWR : O_RDONLY;
  return cshims_above_stdio(open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

int cshims_shm_unlink(const char *name) { return result(shm_unlink(name)); }

static void fill(cshims_file_status *out, const struct stat *s) {
  *out = (cshims_file_status){
    .device = s->st_dev, .inode = s->st_ino, .size = s->st_size, .allocated_bytes = (int64_t)s->st_blocks * 512,
    .links = s->st_nlink, .owner = s->st_uid, .mode = s->st_mode, .modified_seconds = s->st_mtim.tv_sec };
}

int cshims_shm_status(const char *name, cshims_file_status *status) {
  char path[PATH_BYTES];
  int r = shm_path(path, name);
  if (r < 0) return r;
  struct stat s;
  if (lstat(path, &s) < 0) return -errno;
  fill(status, &s);
  return 0;
}

int cshims_shm_link(const char *from, const char *to) {
  char old[PATH_BYTES], new[PATH_BYTES];
  int r = shm_path(old, from);
  if (r < 0 || (r = shm_path(new, to)) < 0) return r;
  return result(link(old, new));
}

int cshims_shm_move(const char *from, const char *to) {
  char old[PATH_BYTES], new[PATH_BYTES];
  int r = shm_path(old, from);
  if (r < 0 || (r = shm_path(new, to)) < 0) return r;
  return result((int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE));
}

int cshims_open_unnamed(const char *directory, uint32_t mode) {
  return cshims_above_stdio(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode));
}

int cshims_link(int descriptor, const char *path) {
  // Before Linux 6.10 this needs CAP_DAC_READ_SEARCH and fails with ENOENT without it. The fallback
  // through /proc is slower.
  if (linkat(descriptor, "", AT_FDCWD, path, AT_EMPTY_PATH) == 0) return 0;
  if (errno != ENOENT) return -errno;
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", descriptor);
  return result(linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW));
}

int cshims_shm_open_unnamed(uint32_t mode) { return cshims_open_unnamed(SHM, mode); }

int cshims_shm_publish(int descriptor, const char *name) {
  char path[PATH_BYTES];
  int r = shm_path(path, name);
  return r < 0 ? r : cshims_link(descriptor, path);
}

int cshims_list(const char *path, int (*visit)(const char *, void *), void *context) {
  DIR *directory = opendir(path);
  if (!directory) return -errno;
  int saved = 0;
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (!entry) { saved = errno; break; }
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if (visit(entry->d_name, context)) break;
  }
  closedir(directory);
  return -saved;
}

int cshims_memfd_create(const char *label) { return cshims_above_stdio(memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING)); }

int cshims_is_sealed(int descriptor) {
  int seals = fcntl(descriptor, F_GET_SEALS);
  return seals < 0 ? -errno : (seals & F_SEAL_SHRINK) != 0;
}

int cshims_seal_size(int descriptor) {
  return result(fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
}

int cshims_open_file(const char *path, int access) {
  int flags = access == CSHIMS_READ_WRITE ? O_RDWR : O_RDONLY;
  return cshims_above_stdio(open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

int cshims_create_file(const char *path, uint32_t mode) {
  return cshims_above_stdio(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode));
}

int cshims_rename(const char *from, const char *to) { return result(rename(from, to)); }
int cshims_remove(const char *path) { return result(unlink(path)); }
int cshims_close(int descriptor) { return result(close(descriptor)); }
int cshims_duplicate(int descriptor) { return result(fcntl(descriptor, F_DUPFD_CLOEXEC, 3)); }
int cshims_set_size(int descriptor, int64_t size) { return result(ftruncate(descriptor, size)); }
int cshims_set_mode(int descriptor, uint32_t mode) { return result(fchmod(descriptor, mode)); }
int cshims_sync_file(int descriptor) { return result(fsync(descriptor)); }

int cshims_file_status_of(int descriptor, cshims_file_status *status) {
  struct stat s;
  if (fstat(descriptor, &s) < 0) return -errno;
  fill(status, &s);
  return 0;
}

int cshims_free_bytes(int descriptor, int64_t *bytes) {
  struct statfs s;
  if (fstatfs(descriptor, &s) < 0) return -errno;
  // A file system without a limit (a memfd's) reports no blocks.
  int64_t limit = INT64_MAX / (s.f_bsize ? (int64_t)s.f_bsize : 1);
  *bytes = s.f_blocks == 0 || (int64_t)s.f_bavail > limit ? INT64_MAX : (int64_t)s.f_bavail * (int64_t)s.f_bsize;
  return 0;
}

int cshims_allocate(int descriptor, int64_t offset, int64_t count) {
  return result(fallocate(descriptor, 0, offset, count));
}

static int64_t long_result(ssize_t r) { return r < 0 ? -(int64_t)errno : r; }

int64_t cshims_read_at(int descriptor, void *bytes, size_t count, int64_t offset) {
  return long_result(pread(descriptor, bytes, count, offset));
}

int64_t cshims_write_at(int descriptor, const void *bytes, size_t count, int64_t offset) {
  return long_result(pwrite(descriptor, bytes, count, offset));
}

int cshims_map(int descriptor, size_t count, int access, void *hint, void **address) {
  int protection = access == CSHIMS_READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
  // Without MAP_NORESERVE the kernel refuses a private mapping of a file larger than memory, though
  // only the pages that are written are copied.
  int sharing = access == CSHIMS_COPY_ON_WRITE ? MAP_PRIVATE | MAP_NORESERVE : MAP_SHARED;
  void *p = mmap(hint, count, protection, sharing, descriptor, 0);
  if (p == MAP_FAILED) return -errno;
  *address = p;
  return 0;
}

int cshims_map_aligned(int descriptor, size_t count, int access, size_t alignment, void **address) {
  int protection = access == CSHIMS_READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
  char *room = mmap(NULL, count + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return -errno;
  char *start = (char *)(((uintptr_t)room + alignment - 1) & ~(alignment - 1));
  if (mmap(start, count, protection, MAP_SHARED | MAP_FIXED, descriptor, 0) == MAP_FAILED) {
    int saved = errno;
    munmap(room, count + alignment);
    return -saved;
  }
  size_t before = (size_t)(start - room), after = alignment - before;
  if (before) munmap(room, before);
  if (after) munmap(start + count, after);
  *address = start;
  return 0;
}

int cshims_map_again(int descriptor, size_t count, int access, void *address) {
  int protection = access == CSHIMS_READ_ONLY ? PROT_READ : PROT_READ | PROT_WRITE;
  return mmap(address, count, protection, MAP_SHARED | MAP_FIXED, descriptor, 0) == MAP_FAILED ? -errno : 0;
}

int cshims_map_anonymous(size_t count, void **address) {
  void *p = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return -errno;
  *address = p;
  return 0;
}

int cshims_unmap(void *address, size_t count) { return result(munmap(address, count)); }
int cshims_sync_mapping(void *address, size_t count) { return result(msync(address, count, MS_SYNC)); }
int cshims_collapse(void *address, size_t count) { return result(madvise(address, count, MADV_COLLAPSE)); }
int cshims_remove_pages(void *address, size_t count) { return result(madvise(address, count, MADV_REMOVE)); }
int cshims_populate(void *address, size_t count) { return result(madvise(address, count, MADV_POPULATE_WRITE)); }

int cshims_try_lock_shared(int descriptor) { return result(flock(descriptor, LOCK_SH | LOCK_NB)); }
int cshims_try_lock_exclusive(int descriptor) { return result(flock(descriptor, LOCK_EX | LOCK_NB)); }

int cshims_try_lock_byte(int descriptor, int64_t offset) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  return result(fcntl(descriptor, F_OFD_SETLK, &lock));
}

int cshims_is_sole_user(int descriptor) {
  // A write lease is granted only to the sole user of a file. Another open of the file would send a
  // signal, which must be one that is ignored by default: the usual SIGIO would end the process.
  if (fcntl(descriptor, F_SETSIG, SIGURG) < 0) return -errno;
  if (fcntl(descriptor, F_SETLEASE, F_WRLCK) < 0) return errno == EAGAIN ? 0 : -errno;
  return fcntl(descriptor, F_SETLEASE, F_UNLCK) < 0 ? -errno : 1;
}

int cshims_random(void *bytes, size_t count) { return result((int)getrandom(bytes, count, 0)); }
