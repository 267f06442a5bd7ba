// Named shared memory.
#define _GNU_SOURCE
#include "CBaselines.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/// Creates an object of `bytes`. Returns a descriptor, or -errno; no object remains on failure.
static int create(const char *name, size_t bytes) {
  const int descriptor = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
  if (descriptor < 0) return -errno;
  if (ftruncate(descriptor, (off_t)bytes) == 0) return descriptor;
  const int error = -errno;
  close(descriptor);
  shm_unlink(name);
  return error;
}

/// Maps the object, at `place` unless it is NULL, and closes its descriptor. Returns MAP_FAILED on
/// failure.
static char *map_and_close(int descriptor, size_t bytes, char *place) {
  const int flags = MAP_SHARED | (place != NULL ? MAP_FIXED : 0);
  char *address = mmap(place, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  const int error = errno;
  close(descriptor);
  errno = error;
  return address;
}

/// Creates and maps an object with all pages present. Returns 0 or -errno. No object remains on
/// failure; a mapping may remain, since a failure ends the benchmark.
static int create_present(const char *name, size_t bytes, bool huge, char **address) {
  char *place = NULL;
  if (huge && (place = reserve_aligned(bytes)) == NULL) return -errno;
  const int descriptor = create(name, bytes);
  if (descriptor < 0) return descriptor;
  *address = map_and_close(descriptor, bytes, place);
  int error = *address == MAP_FAILED ? -errno : 0;
  if (error == 0 && huge) error = collapse(*address, bytes);
  if (error < 0) shm_unlink(name);
  else touch_each_page(*address, bytes);
  return error;
}

double limit_create_touch_unlink(const char *name, int64_t bytes, bool huge) {
  const double start = limit_now();
  const size_t size = huge ? whole_huge_pages((size_t)bytes) : (size_t)bytes;
  char *address;
  const int error = create_present(name, size, huge, &address);
  if (error < 0) return error;
  munmap(address, size);
  shm_unlink(name);
  return limit_now() - start;
}

double limit_attach(const char *name) {
  const double start = limit_now();
  const int descriptor = shm_open(name, O_RDWR, 0);
  if (descriptor < 0) return -errno;
  struct stat status;
  if (fstat(descriptor, &status) < 0) {
    const int error = -errno;
    close(descriptor);
    return error;
  }
  char *address = map_and_close(descriptor, (size_t)status.st_size, NULL);
  if (address == MAP_FAILED) return -errno;
  munmap(address, (size_t)status.st_size);
  return limit_now() - start;
}

int limit_named_create(const char *name, int64_t bytes) {
  char *address;
  const int error = create_present(name, (size_t)bytes, false, &address);
  if (error < 0) return error;
  munmap(address, (size_t)bytes);
  return 0;
}

int limit_named_unlink(const char *name) {
  return shm_unlink(name) < 0 ? -errno : 0;
}
