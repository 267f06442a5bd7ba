#define _GNU_SOURCE
#include "CShimsProcess.h"
#include "CShimsMemory.h"
#include "CShimsParticipants.h"
#include "CShimsWorker.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int result(long r) { return r < 0 ? -errno : (int)r; }

/// Resets the application's handlers, which belong to the parent: they might use state that this
/// child does not have.
void cshims_reset_signals(void) {
  struct sigaction action;
  for (int s = 1; s < NSIG; s++)
    if (sigaction(s, NULL, &action) == 0 && action.sa_handler != SIG_DFL) {
      memset(&action, 0, sizeof action);
      action.sa_handler = SIG_DFL;
      sigaction(s, &action, NULL);
    }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, NULL);
}

int cshims_start_gate_create(void) { return cshims_above_stdio(eventfd(0, EFD_CLOEXEC)); }
int cshims_start_gate_open(int gate) { return result(eventfd_write(gate, 1)); }

int cshims_eventfd_create(void) { return cshims_above_stdio(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
void cshims_eventfd_signal(int descriptor) { eventfd_write(descriptor, 1); }

void cshims_eventfd_reset(int descriptor) {
  eventfd_t count;
  eventfd_read(descriptor, &count);
}

static void flush_unless_locked(FILE *stream) {
  if (ftrylockfile(stream)) return;
  if (__fpending(stream)) fflush_unlocked(stream);
  funlockfile(stream);
}

static int fork_child(int gate, int parent_pipe) {
  // Without a flush, parent and child would both print buffered output. A stream that another
  // thread holds, perhaps blocked in a write, is not waited for. The child discards its copy of the
  // buffer in any case.
  flush_unless_locked(stdout);
  flush_unless_locked(stderr);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t parent = getpid();
  pid_t child = fork();
  int saved = errno;
  if (child == 0) {
    // Without /proc the parent-death pipe cannot be held; the child then dies with the thread that
    // forked it.
    if (cshims_die_with(parent_pipe) < 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    eventfd_t opened;
    while (eventfd_read(gate, &opened) < 0 && errno == EINTR) continue;
    close(gate);
    __fpurge(stdout);
    __fpurge(stderr);
    cshims_reset_signals();
    return 0;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return child < 0 ? -saved : child;
}

int cshims_fork_worker(int gate, int parent_pipe) {
  cshims_keep_parent_pipe(1);
  int child = fork_child(gate, parent_pipe);
  cshims_keep_parent_pipe(0);
  if (child == 0) close(parent_pipe);
  return child;
}

_Noreturn void cshims_exit_worker(int status) {
  fflush(stdout);
  fflush(stderr);
  cshims_tell_end();
  _exit(status);
}

int cshims_getpid(void) { return getpid(); }
uint32_t cshims_user(void) { return geteuid(); }
int cshims_pidfd_open(int pid) { return cshims_above_stdio((int)syscall(SYS_pidfd_open, pid, 0)); }
int cshims_pidfd_signal(int pidfd, int signal) { return result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0)); }

/// From linux/pidfd.h of Linux 6.15; a kernel that supports it keeps the exit status behind the
/// pidfd.
struct pidfd_info {
  uint64_t mask, cgroupid;
  uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
  int32_t exit_code;
};
#define PIDFD_GET_INFO_64 _IOWR(0xFF, 11, struct pidfd_info)
#define PIDFD_INFO_EXIT_BIT (1UL << 3)

int cshims_reap(int pidfd, int *kind, int *status, int64_t *most_memory) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  *most_memory = 0;
  // The C library's function does not return the resource usage that the kernel reports.
  struct rusage usage;
  if (syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED, &usage) == 0) {
    *most_memory = (int64_t)usage.ru_maxrss * 1024;
    *kind = info.si_code == CLD_EXITED ? CSHIMS_EXITED : CSHIMS_SIGNALED;
    *status = info.si_status;
    return 0;
  }
  if (errno != ECHILD) return -errno;
  struct pidfd_info more = {.mask = PIDFD_INFO_EXIT_BIT};
  *kind = CSHIMS_UNKNOWN;
  *status = 0;
  if (ioctl(pidfd, PIDFD_GET_INFO_64, &more) == 0 && (more.mask & PIDFD_INFO_EXIT_BIT)) {
    int signaled = WIFSIGNALED(more.exit_code);
    *kind = signaled ? CSHIMS_SIGNALED : CSHIMS_EXITED;
    *status = signaled ? WTERMSIG(more.exit_code) : WEXITSTATUS(more.exit_code);
  }
  return 0;
}

int cshims_kill_and_reap(int pid) {
  kill(pid, SIGKILL);
  return result(waitpid(pid, NULL, 0));
}

int cshims_poll(const int *descriptors, uint8_t *ready, int count, int milliseconds) {
  enum { MOST = 1024 };
  if (count > MOST) return -EINVAL;
  struct pollfd set[MOST];
  for (int i = 0; i < count; i++) set[i] = (struct pollfd){.fd = descriptors[i], .events = POLLIN};
  int r = poll(set, (nfds_t)count, milliseconds);
  if (r < 0) return -errno;
  for (int i = 0; i < count; i++) ready[i] = set[i].revents != 0;
  return r;
}

int cshims_close_range(unsigned first, unsigned last) { return result(syscall(SYS_close_range, first, last, 0)); }

const char *cshims_signal_name(int signal) {
  static const char *const names[] = {
    [SIGHUP] = "SIGHUP", [SIGINT] = "SIGINT", [SIGQUIT] = "SIGQUIT", [SIGILL] = "SIGILL", [SIGTRAP] = "SIGTRAP",
    [SIGABRT] = "SIGABRT", [SIGBUS] = "SIGBUS", [SIGFPE] = "SIGFPE", [SIGKILL] = "SIGKILL", [SIGUSR1] = "SIGUSR1",
    [SIGSEGV] = "SIGSEGV", [SIGUSR2] = "SIGUSR2", [SIGPIPE] = "SIGPIPE", [SIGALRM] = "SIGALRM", [SIGTERM] = "SIGTERM",
    [SIGSTKFLT] = "SIGSTKFLT", [SIGCHLD] = "SIGCHLD", [SIGCONT] = "SIGCONT", [SIGSTOP] = "SIGSTOP",
    [SIGTSTP] = "SIGTSTP", [SIGTTIN] = "SIGTTIN", [SIGTTOU] = "SIGTTOU", [SIGURG] = "SIGURG", [SIGXCPU] = "SIGXCPU",
    [SIGXFSZ] = "SIGXFSZ", [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF", [SIGWINCH] = "SIGWINCH", [SIGIO] = "SIGIO",
    [SIGPWR] = "SIGPWR", [SIGSYS] = "SIGSYS"};
  int known = signal > 0 && signal < (int)(sizeof names / sizeof *names) && names[signal];
  return known ? names[signal] : "";
}

const char *cshims_error_text(int error) { return strerrordesc_np(error); }

int64_t cshims_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t cshims_free_memory(void) {
  struct sysinfo s;
  return sysinfo(&s) < 0 ? -(int64_t)errno : (int64_t)((s.freeram + s.freeswap) * s.mem_unit);
}

int cshims_allowed_cores(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) < 0 ? -errno : CPU_COUNT(&set);
}

int cshims_pin_to_core(int number) {
  cpu_set_t allowed, one;
  if (sched_getaffinity(0, sizeof allowed, &allowed) < 0) return -errno;
  CPU_ZERO(&one);
  for (int core = 0; core < CPU_SETSIZE; core++) {
    if (!CPU_ISSET(core, &allowed) || number-- > 0) continue;
    CPU_SET(core, &one);
    return sched_setaffinity(0, sizeof one, &one) < 0 ? -errno : 0;
  }
  return -EINVAL;
}

int cshims_current_core(void) {
  const int core = sched_getcpu();
  return core < 0 ? -errno : core;
}

_Static_assert(sizeof((cshims_avoidance *)0)->before == sizeof(cpu_set_t), "the member holds a cpu_set_t");

int cshims_avoid_cores(cshims_avoidance *avoidance, const int *cores, int count) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) < 0) return -errno;
  memcpy(avoidance->before, &set, sizeof set);
  for (int index = 0; index < count; index++) CPU_CLR(cores[index], &set);
  memcpy(avoidance->during, &set, sizeof set);
  if (CPU_COUNT(&set) == 0) return -EBUSY;
  return sched_setaffinity(0, sizeof set, &set) < 0 ? -errno : 0;
}

void cshims_stop_avoiding(const cshims_avoidance *avoidance) {
  cpu_set_t set;
  // Other code might have changed the thread's affinity since.
  if (sched_getaffinity(0, sizeof set, &set) < 0 || memcmp(&set, avoidance->during, sizeof set) != 0) return;
  memcpy(&set, avoidance->before, sizeof set);
  sched_setaffinity(0, sizeof set, &set);
}

void cshims_yield(void) { sched_yield(); }

uint64_t *cshims_fork_gate(void) {
  static uint64_t word;
  return &word;
}

int *cshims_fork_gate_depth(void) {
  static _Thread_local int depth;
  return &depth;
}

void cshims_sleep(int64_t nanoseconds) {
  struct timespec t = {nanoseconds / 1000000000, nanoseconds % 1000000000};
  nanosleep(&t, NULL);
}

// Written once before the first fork, read in children.
static int *blas_threads;
static void (*blas_set_threads)(int);

void cshims_blas_prepare(void) {
  static int done;
  if (__atomic_load_n(&done, __ATOMIC_ACQUIRE)) return;
  int *variable = dlsym(RTLD_DEFAULT, "blas_cpu_number");
  void (*function)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "openblas_set_num_threads");
  __atomic_store_n(&blas_threads, function ? variable : NULL, __ATOMIC_RELAXED);
  __atomic_store_n(&blas_set_threads, function, __ATOMIC_RELAXED);
  __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
}

void cshims_blas_set_worker_threads(int threads) {
  // After a fork OpenBLAS restarts its thread pool at the first call of its setter
  // (goto_set_num_threads), though one thread needs no pool. Writing the variable behind the setter
  // avoids that.
  if (blas_threads && threads == 1) *blas_threads = 1;
  else if (blas_set_threads) blas_set_threads(threads);
}
