#define _GNU_SOURCE
#include "CShimsParticipants.h"
#include "CShimsMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static int result(long r) { return r < 0 ? -errno : (int)r; }

typedef struct {
  uint64_t device, inode;
  int descriptor;
  int users;
} liveness_file;

typedef struct {
  uint64_t *word;
  uint64_t value;
} last_word;

// Private memory of the process. The mutex is held during a fork, so that a child finds both lists
// consistent.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static liveness_file *files;
static int file_count, file_room;
static last_word *words;
static int word_count, word_room;
static uint64_t cookie;

int cshims_reopen(int descriptor) {
  char path[40] = "/proc/self/fd/", digits[12];
  int count = 0;
  for (int rest = descriptor; rest > 0 || count == 0; rest /= 10) digits[count++] = (char)('0' + rest % 10);
  for (char *end = path + strlen(path); count > 0;) *end++ = digits[--count];
  return cshims_above_stdio(open(path, O_RDWR | O_CLOEXEC));
}

static void before_fork(void) { pthread_mutex_lock(&mutex); }
static void after_fork(void) { pthread_mutex_unlock(&mutex); }

static void after_fork_in_child(void) {
  for (int i = 0; i < file_count; i++) {
    int inherited = files[i].descriptor;
    int own = cshims_reopen(inherited);
    // Without /proc, or without a free descriptor, this process cannot take part in the object: the
    // placeholder can hold no lock.
    if (own < 0) own = open("/", O_PATH | O_CLOEXEC);
    // Closes the inherited description, which would keep the parent's locks alive as long as this
    // process.
    if (own >= 0) dup3(own, inherited, O_CLOEXEC);
    else _exit(127);
    close(own);
  }
  word_count = 0;
  cookie = 0;
  pthread_mutex_init(&mutex, NULL);
}

__attribute__((constructor)) static void watch_forks(void) {
  pthread_atfork(before_fork, after_fork, after_fork_in_child);
}

uint64_t cshims_process_cookie(void) {
  uint64_t known = __atomic_load_n(&cookie, __ATOMIC_RELAXED);
  while (!known) {
    uint64_t drawn = 0, none = 0;
    if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn || !drawn) continue;
    __atomic_compare_exchange_n(&cookie, &none, drawn, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    known = __atomic_load_n(&cookie, __ATOMIC_RELAXED);
  }
  return known;
}

static liveness_file *find(uint64_t device, uint64_t inode) {
  for (int i = 0; i < file_count; i++) {
    if (files[i].inode == inode && files[i].device == device) return &files[i];
  }
  return NULL;
}

int cshims_use_liveness_file(uint64_t device, uint64_t inode) {
  pthread_mutex_lock(&mutex);
  liveness_file *file = find(device, inode);
  int r = file ? file->descriptor : -ENOENT;
  if (file) file->users++;
  pthread_mutex_unlock(&mutex);
  return r;
}

int cshims_add_liveness_file(uint64_t device, uint64_t inode, int descriptor) {
  pthread_mutex_lock(&mutex);
  liveness_file *file = find(device, inode);
  int r = descriptor;
  if (!file && file_count == file_room) {
    int room = file_room ? 2 * file_room : 16;
    liveness_file *more = realloc(files, (size_t)room * sizeof *files);
    if (more) {
      files = more;
      file_room = room;
    } else {
      r = -ENOMEM;
    }
  }
  if (file) {
    file->users++;
    r = file->descriptor;
  } else if (r >= 0) {
    files[file_count++] = (liveness_file){device, inode, descriptor, 1};
    descriptor = -1;
  }
  pthread_mutex_unlock(&mutex);
  if (descriptor >= 0) close(descriptor);
  return r;
}

void cshims_drop_liveness_file(uint64_t device, uint64_t inode) {
  pthread_mutex_lock(&mutex);
  liveness_file *file = find(device, inode);
  int unused = -1;
  if (file && --file->users <= 0) {
    unused = file->descriptor;
    *file = files[--file_count];
  }
  pthread_mutex_unlock(&mutex);
  if (unused >= 0) close(unused);
}

int cshims_unlock_byte(int descriptor, int64_t offset) {
  struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  return result(fcntl(descriptor, F_OFD_SETLK, &lock));
}

int cshims_is_byte_locked(int descriptor, int64_t offset) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  if (fcntl(descriptor, F_OFD_GETLK, &lock) < 0) return -errno;
  return lock.l_type != F_UNLCK;
}

int cshims_at_end(uint64_t *word, uint64_t value) {
  pthread_mutex_lock(&mutex);
  int r = 0;
  if (word_count == word_room) {
    int room = word_room ? 2 * word_room : 16;
    last_word *more = realloc(words, (size_t)room * sizeof *words);
    if (more) {
      words = more;
      word_room = room;
    } else {
      r = -ENOMEM;
    }
  }
  if (r == 0) words[word_count++] = (last_word){word, value};
  pthread_mutex_unlock(&mutex);
  return r;
}

void cshims_not_at_end(uint64_t *word) {
  pthread_mutex_lock(&mutex);
  for (int i = 0; i < word_count; i++) {
    if (words[i].word == word) words[i--] = words[--word_count];
  }
  pthread_mutex_unlock(&mutex);
}

__attribute__((destructor)) void cshims_tell_end(void) {
  pthread_mutex_lock(&mutex);
  for (int i = 0; i < word_count; i++) __atomic_store_n(words[i].word, words[i].value, __ATOMIC_RELEASE);
  word_count = 0;
  pthread_mutex_unlock(&mutex);
}
