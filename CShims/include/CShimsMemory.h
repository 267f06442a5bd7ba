/// Files, shared memory objects, mappings and advisory locks.
#ifndef CSHIMS_MEMORY_H
#define CSHIMS_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Returns the descriptor, or a duplicate of it that is not 0, 1 or 2, and then closes the
/// original. Where a program has closed its standard input and output, what it prints must not land
/// in a file of this package. Returns -errno if the descriptor is -1, the result of a failed call.
int cshims_above_stdio(int descriptor);

/// The results of `fstat`, in fixed-width fields.
typedef struct {
  uint64_t device, inode;
  int64_t size;            // bytes
  int64_t allocated_bytes; // bytes that the file occupies
  uint64_t links;
  uint32_t owner, mode;
  int64_t modified_seconds;
} cshims_file_status;

enum {
  CSHIMS_READ_ONLY = 0,
  CSHIMS_READ_WRITE = 1,
  CSHIMS_COPY_ON_WRITE = 2,
};

// Shared memory objects. `name` has no leading slash.
int cshims_shm_create(const char *name, uint32_t mode);
int cshims_shm_open(const char *name, int access);
int cshims_shm_unlink(const char *name);
int cshims_shm_status(const char *name, cshims_file_status *status); // never follows a symbolic link
int cshims_shm_link(const char *from, const char *to);
int cshims_shm_move(const char *from, const char *to); // -EEXIST if `to` is taken

/// Opens an unnamed file in /dev/shm that `cshims_shm_publish` can give a name.
int cshims_shm_open_unnamed(uint32_t mode);
/// Gives the file behind `descriptor` the name `name`; -EEXIST if it is taken.
int cshims_shm_publish(int descriptor, const char *name);

/// Creates a memfd that can be sealed.
int cshims_memfd_create(const char *label);
int cshims_is_sealed(int descriptor); // 1 if F_SEAL_SHRINK is set
int cshims_seal_size(int descriptor); // F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL

int cshims_open_file(const char *path, int access);
int cshims_create_file(const char *path, uint32_t mode); // O_CREAT | O_EXCL
/// Opens a file in `directory` that has no name until `cshims_link` gives it one.
int cshims_open_unnamed(const char *directory, uint32_t mode);
/// Gives the file behind `descriptor` the name `path`; -EEXIST if it is taken.
int cshims_link(int descriptor, const char *path);
/// Calls `visit` with each entry of a directory until it returns non-zero.
int cshims_list(const char *path, int (*visit)(const char *entry, void *context), void *context);
int cshims_rename(const char *from, const char *to);
int cshims_remove(const char *path);
int cshims_close(int descriptor);
int cshims_duplicate(int descriptor);                       // closed by exec, never one of the three standard ones
int cshims_set_size(int descriptor, int64_t size);
int cshims_set_mode(int descriptor, uint32_t mode);
int cshims_sync_file(int descriptor);
int cshims_file_status_of(int descriptor, cshims_file_status *status);
/// Stores the number of bytes that can still be allocated on the file system of `descriptor`;
/// INT64_MAX where the file system does not report it.
int cshims_free_bytes(int descriptor, int64_t *bytes);
/// Like `fallocate(fd, 0, offset, count)`.
int cshims_allocate(int descriptor, int64_t offset, int64_t count);

int64_t cshims_read_at(int descriptor, void *bytes, size_t count, int64_t offset);
int64_t cshims_write_at(int descriptor, const void *bytes, size_t count, int64_t offset);

/// Maps `count` bytes of the file from its start. `hint` is the preferred address, or null.
int cshims_map(int descriptor, size_t count, int access, void *_Nullable hint, void *_Nullable *_Nonnull address);
/// Like `cshims_map`, at an address that is a multiple of `alignment`, a power of two. `count` is a
/// multiple of the page size. The mapping is shared.
int cshims_map_aligned(int descriptor, size_t count, int access, size_t alignment, void *_Nullable *_Nonnull address);
/// Replaces a mapping of that size at `address` by a shared mapping of the file. A thread that
/// accesses the range during the call waits.
int cshims_map_again(int descriptor, size_t count, int access, void *address);
/// Maps memory shared with children forked later, without a file descriptor.
int cshims_map_anonymous(size_t count, void *_Nullable *_Nonnull address);
int cshims_unmap(void *address, size_t count);
int cshims_sync_mapping(void *address, size_t count);
int cshims_collapse(void *address, size_t count);           // MADV_COLLAPSE
int cshims_remove_pages(void *address, size_t count);       // MADV_REMOVE
int cshims_populate(void *address, size_t count);           // MADV_POPULATE_WRITE

// flock on the open file description; OFD lock on one byte. Neither waits: -EWOULDBLOCK or -EAGAIN
// if another description holds the lock.
int cshims_try_lock_shared(int descriptor);
int cshims_try_lock_exclusive(int descriptor);
int cshims_try_lock_byte(int descriptor, int64_t offset);
/// Returns 1 if the file is not open elsewhere and not mapped, in any process; 0 otherwise. The
/// caller owns the file and has opened it for reading and writing. A process that opens the file
/// with O_NONBLOCK during this call gets EWOULDBLOCK.
int cshims_is_sole_user(int descriptor);

int cshims_random(void *bytes, size_t count);

// Fault injection for the calling thread; compiled in debug builds only, no-ops elsewhere.

/// Lets `call` fail with `error`, once or for ever, after `skip` more successful calls; "*" matches
/// any call. -ENOSPC if no further rule fits. Where several rules match, the last one
/// added applies.
int cshims_fault_add(const char *call, int error, int64_t skip, int for_ever);
void cshims_fault_remove_last(void);
/// Returns the errno with which `call` must fail now, or 0. Counts the call.
int cshims_fault_take(const char *call);
void cshims_fault_reset_calls(void);
/// Returns the number of calls on this thread since the last `cshims_fault_reset_calls`.
int64_t cshims_fault_calls(void);

#pragma clang assume_nonnull end
#endif
