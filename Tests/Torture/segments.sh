#!/usr/bin/env bash
# Puts segments through what needs root: full and odd file systems, limits, and death at every system call.
#
#   Tests/Torture/segments.sh [--quick]
#
# Prints one line a check with what it counted; ends with exit code 1 at the first failure. A check that
# cannot run here says why and is passed over. SEGMENT_AGENT names the program to use; else the debug build's
# is taken.
#
# Everything happens in a mount and PID namespace of its own, with a private /dev/shm.
set -u

quick=0 inside=0
for word in "$@"; do
  case $word in
    --quick) quick=1 ;;
    --inside) inside=1 ;;
    *) echo "usage: $0 [--quick]" >&2; exit 64 ;;
  esac
done

if [ $inside = 0 ]; then
  if [ "$(id -u)" != 0 ] || ! unshare -pfm --mount-proc true 2>/dev/null; then
    echo "cannot run the segment checks: they need root and new namespaces"
    exit 0
  fi
  if [ -z "${SEGMENT_AGENT:-}" ]; then
    cd "$(dirname "$0")/../.." || exit 1
    SEGMENT_AGENT=$(swift build --show-bin-path)/segment-agent
  fi
  if [ ! -x "$SEGMENT_AGENT" ]; then echo "segments: $SEGMENT_AGENT is missing; run swift build"; exit 1; fi
  export SEGMENT_AGENT SWIFT_BACKTRACE=enable=no
  exec unshare -pfm --mount-proc bash "$(realpath "$0")" --inside $([ $quick = 1 ] && echo --quick)
fi

agent=$SEGMENT_AGENT
scratch=$(mktemp -d)
group=
trap 'rm -rf "$scratch"; [ -z "$group" ] || rmdir "$group"' EXIT

fail() {
  echo "FAILED $check: $*"
  echo "  /dev/shm: $(ls -A /dev/shm 2>&1 | tr '\n' ' ')"
  exit 1
}
skip() { echo "cannot run $check: $*"; }
ok() { printf 'ok %s: %s (%d s)\n' "$check" "$*" $((SECONDS - began)); }
begin() { check=$1 began=$SECONDS; }

shm() { umount /dev/shm 2>/dev/null; mount -t tmpfs -o "$1" tmpfs /dev/shm || fail "cannot mount tmpfs $1"; }
# Runs the agent; its answer is in $answer, its exit code in $code. More than a minute is a hang.
run() { answer=$(timeout -s KILL 60 "$@" 2>&1); code=$?; } 2>/dev/null
must() { run "$@"; [ $code = 0 ] || fail "exit code $code of $*: $answer"; }
# The last run has succeeded, or thrown one of the errors named.
succeeded_or() {
  [ $code = 0 ] && return 0
  [ $code = 2 ] || fail "$1: exit code $code: $answer"
  local label=$1 error
  shift
  for error in "$@"; do case $answer in *"error $error:"*) return 1 ;; esac; done
  fail "$label: $answer"
}
# The same, counted in $done and $errors.
count() { if succeeded_or "$@"; then done=$((done + 1)); else errors=$((errors + 1)); fi; }
# Nothing is left in /dev/shm.
empty() { [ -z "$(ls -A /dev/shm)" ] || fail "$1: files are left in /dev/shm"; }

# ---------------------------------------------------------------------------------------- file systems

# sweep BYTES FIRST LAST: tmpfs of each size in KiB, in steps of a page.
sweep_sizes() {
  local bytes=$1 size
  for ((size = $2; size <= $3; size += 4)); do
    shm "size=${size}k"
    run "$agent" create a "$bytes" persistent , fill a , attach a , unlink a
    if succeeded_or "size=${size}k" insufficientMemory; then
      done=$((done + 1)) fits=${fits:-$size}
    else
      errors=$((errors + 1))
      [ -z "$fits" ] || fail "size=${size}k: refused, although $fits KiB were enough"
    fi
    empty "size=${size}k"
  done
  [ -n "$fits" ] || fail "$bytes bytes did not fit into any size"
  [ $(((fits - 4) * 1024)) -lt $((bytes + 8192)) ] || fail "$bytes bytes needed $fits KiB"
}

full_file_system() {
  begin "full /dev/shm"
  local done=0 errors=0 fits=
  sweep_sizes 100000 4 160
  fits=
  local around=$((quick ? 32 : 256))
  sweep_sizes 5000000 $((4892 - around)) $((4892 + around))
  # What has been created stays usable when another program fills the rest.
  shm size=8m
  must "$agent" create a 3000000 persistent
  dd if=/dev/zero of=/dev/shm/filler bs=64k 2>/dev/null
  must "$agent" attach a , fill a
  run "$agent" create b 4096
  succeeded_or "on a full file system" insufficientMemory && fail "create succeeded on a full file system"
  must "$agent" unlink a
  rm /dev/shm/filler
  empty "after filling"
  ok "$done succeeded, $errors failed with insufficientMemory"
}

odd_file_systems() {
  begin "inodes, read-only, missing"
  local done=0 errors=0 inodes command
  for inodes in 1 2 3 4 5; do
    shm "size=1m,nr_inodes=$inodes"
    run "$agent" create a 100 , create b 100 persistent , unlink b , list
    count "nr_inodes=$inodes" insufficientMemory
    "$agent" try unlink b , list >/dev/null
    empty "nr_inodes=$inodes"
  done
  shm size=1m
  must "$agent" create a 100 persistent
  mount -o remount,ro /dev/shm
  for command in "create b 100" "attach a" "unlink a"; do
    run "$agent" $command
    succeeded_or "read-only: $command" unavailable && fail "$command succeeded on a read-only file system"
    errors=$((errors + 1))
  done
  must "$agent" attach a readOnly , list
  mount -o remount,rw /dev/shm
  must "$agent" unlink a
  empty "read-only"
  mkdir "$scratch/dev"
  for command in "create a 100" "attach a" "unlink a" list; do
    # shellcheck disable=SC2016
    run unshare -m bash -c '
      mount -t tmpfs tmpfs "$1/dev" && touch "$1/dev/null" && mount --bind /dev/null "$1/dev/null" &&
        mount --rbind "$1/dev" /dev && shift && exec "$@"' - "$scratch" "$agent" $command
    succeeded_or "without /dev/shm: $command" unavailable notFound &&
      fail "$command succeeded without /dev/shm: $answer"
    errors=$((errors + 1))
  done
  # Without /dev/shm unnamed memory is still there.
  must "$agent" unnamed 100000
  ok "$done operations succeeded, $errors failed with an expected error"
}

# ---------------------------------------------------------------------------------------------- limits

memory_cgroup() {
  begin "memory cgroup"
  local own base=/sys/fs/cgroup/memory limit done=0 errors=0 step=$((quick ? 5 : 1))
  own=$(awk -F: '$2 == "memory" {print $3}' /proc/self/cgroup)
  if [ -z "$own" ] || [ ! -d "$base$own" ]; then skip "no memory controller of version 1"; return; fi
  if ! mkdir "$base$own/$(basename "$scratch")" 2>/dev/null; then
    skip "a group cannot be created in $base$own"
    return
  fi
  group=$base$own/$(basename "$scratch")
  shm size=512m
  # shellcheck disable=SC2016
  local enter='echo $$ > "$0/cgroup.procs" && exec "$@"'
  for ((limit = 6; limit <= 64; limit += step)); do
    echo ${limit}M >"$group/memory.limit_in_bytes"
    run bash -c "$enter" "$group" \
      "$agent" create a $((32 << 20)) , fill a , detach a , unnamed $((32 << 20)) , fill -
    count "${limit} MiB" insufficientMemory
    empty "${limit} MiB"
  done
  # A group full of cached files has room, since the kernel drops those first.
  dd if=/dev/zero of="$scratch/file" bs=1M count=96 2>/dev/null
  sync "$scratch/file"
  echo 3 >/proc/sys/vm/drop_caches 2>/dev/null
  echo 80M >"$group/memory.limit_in_bytes"
  bash -c "$enter" "$group" cat "$scratch/file" >/dev/null
  rm -f "$scratch/kept"
  must bash -c "$enter" "$group" "$agent" create a $((32 << 20)) , fill a
  rm "$scratch/file"
  local kills
  kills=$(awk '$1 == "oom_kill" {print $2}' "$group/memory.oom_control")
  empty "cached files"
  rmdir "$group" && group=
  [ "${kills:-0}" = 0 ] || fail "the kernel killed $kills processes"
  [ $done -gt 0 ] && [ $errors -gt 0 ] || fail "$done limits were enough, $errors too small"
  ok "$done limits were enough, $errors too small (insufficientMemory), 0 processes killed"
}

descriptors() {
  begin "no descriptor left"
  shm size=64m
  local limit done=0 errors=0 command
  for limit in {3..20}; do
    for command in "create a 100" "create a 3000000" "unnamed 3000000" "attach kept" "copy kept" \
      "unlink kept" list; do
      must "$agent" create kept 100 persistent
      must "$agent" abandon lost 100
      run "$agent" descriptors "$limit" , $command
      count "$limit descriptors: $command" tooManyOpenFiles
      must "$agent" list , try unlink kept
      empty "$limit descriptors: $command"
    done
  done
  ok "$done operations succeeded, $errors failed with tooManyOpenFiles"
}

address_space() {
  begin "no address space left"
  shm size=128m
  local base limit done=0 errors=0
  # What the program itself needs, in MiB.
  for ((base = 8; base < 4096; base += 2)); do
    run prlimit --as=$((base << 20)) "$agent" pid
    [ $code = 0 ] && break
  done
  # A few more for its own heap: an allocation that fails there ends any Swift program.
  for ((limit = base + 4; limit <= base + 96; limit += quick ? 4 : 1)); do
    run prlimit --as=$((limit << 20)) "$agent" create a $((32 << 20)) persistent , attach a readOnly
    count "$limit MiB" outOfAddressSpace
    "$agent" try unlink a >/dev/null
    empty "$limit MiB"
  done
  [ $done -gt 0 ] && [ $errors -gt 0 ] || fail "$done operations succeeded, $errors failed"
  ok "$done operations succeeded, $errors failed with outOfAddressSpace; the program needs $base MiB"
}

# --------------------------------------------------------------------------- every system call, by strace

# Lists "CALL NUMBER" for each system call between the two marks of a run; NUMBER counts from the start.
calls() {
  must strace -f -o "$scratch/trace" "$agent" "$@"
  awk '
    match($0, /^[0-9]+ +[a-z0-9_]+\(/) {
      name = substr($0, RSTART, RLENGTH - 1); sub(/^[0-9]+ +/, "", name); number[name]++
      if (index($0, "segment-agent-mark")) { marks++; if (marks == 1) next }
      if (marks >= 1) print name, number[name]
      if (marks == 2) exit
    }' "$scratch/trace"
}

# Marks the last of the commands.
marked() {
  local words=() word last=0 i=0
  for word in "$@"; do [ "$word" = , ] && last=$((i + 1)); i=$((i + 1)); done
  words=("${@:1:last}" mark , "${@:last+1}" , mark)
  printf '%s\n' "${words[@]}"
}

# kills LABEL PERSISTENT SETUP COMMANDS…: the process is killed at each call of the last command.
kills() {
  local label=$1 persistent=$2 setup=$3 call number way points=0
  shift 3
  local words
  mapfile -t words < <(marked "$@")
  [ -z "$setup" ] || must "$agent" $setup
  calls "${words[@]}" >"$scratch/calls"
  "$agent" try unlink a , list >/dev/null
  empty "$label: trace"
  while read -r call number; do
    for way in attach list; do
      [ $quick = 1 ] && [ $(((points + ${#label}) % 2)) = $([ $way = list ] && echo 1 || echo 0) ] && continue
      [ -z "$setup" ] || must "$agent" $setup
      run strace -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$number" \
        "$agent" "${words[@]}"
      [ $code = 137 ] || fail "$label: not killed at $call $number"
      if [ $way = attach ]; then
        run "$agent" attach a
        succeeded_or "$label: killed at $call $number" notFound
      fi
      must "$agent" list
      if [ "$persistent" = always ] && [ ! -e /dev/shm/a ]; then fail "$label: $call $number: a is gone"; fi
      [ "$persistent" = never ] || "$agent" try unlink a >/dev/null
      empty "$label: killed at $call $number"
      killed=$((killed + 1))
    done
    points=$((points + 1))
  done <"$scratch/calls"
  [ $points -gt 3 ] || fail "$label: only $points calls found"
  total=$((total + points))
}

death_at_every_call() {
  begin "killed at every system call"
  if ! command -v strace >/dev/null; then skip "strace is not installed"; return; fi
  shm size=64m
  local killed=0 total=0
  kills create never "" create a 100
  kills "create, large" never "" create a 3000000
  kills "create, persistent" maybe "" create a 100 persistent
  kills "create over an orphan" never "abandon a 100" create a 100
  run "$agent" fail open 95 create a 100
  if [ $code = 0 ]; then
    kills "create without O_TMPFILE" never "" fail open 95 create a 100
    kills "create without O_TMPFILE, persistent" maybe "" fail open 95 create a 100 persistent
  fi
  kills "attach" always "create a 100 persistent" attach a
  kills "detach" never "" create a 100 , detach a
  kills "unlink" maybe "create a 100 persistent" unlink a
  kills "list" never "abandon a 100" list
  ok "$total calls, $killed deaths, nothing left behind"
}

# errors LABEL SETUP COMMANDS…: each call of the last command fails with each error, once and for ever.
errors_in() {
  local label=$1 setup=$2 call number error when
  shift 2
  local words
  mapfile -t words < <(marked "$@")
  [ -z "$setup" ] || must "$agent" $setup
  calls "${words[@]}" >"$scratch/calls"
  "$agent" try unlink a , list >/dev/null
  while read -r call number; do
    # Calls that cannot fail, those the program itself lives on, and those whose failure leaves nothing to do.
    case $call in
      getpid | geteuid | sched_yield | access | faccessat | close | munmap) continue ;;
      write | ioctl | brk | futex | exit_group) continue ;;
    esac
    for error in ENOSPC ENOMEM EMFILE EAGAIN EINTR EIO EPERM ENOSYS; do
      for when in "$number" "$number+"; do
        [ $error = EINTR ] && [ "$when" != "$number" ] && continue
        [ -z "$setup" ] || must "$agent" $setup
        run strace -f -o /dev/null -e trace="$call" -e inject="$call:error=$error:when=$when" \
          "$agent" "${words[@]}"
        case $code in
          0) done=$((done + 1)) ;;
          2) thrown=$((thrown + 1)) ;;
          *) fail "$label: $error at $call $when: exit code $code: $answer" ;;
        esac
        "$agent" try unlink a , list >/dev/null
        empty "$label: $error at $call $when"
      done
    done
  done <"$scratch/calls"
}

errors_at_every_call() {
  begin "errors at every system call"
  if ! command -v strace >/dev/null; then skip "strace is not installed"; return; fi
  if [ $quick = 1 ]; then skip "it takes minutes; run without --quick"; return; fi
  shm size=64m
  local done=0 thrown=0
  errors_in "create" "" create a 100
  errors_in "create, large" "" create a 3000000
  errors_in "create over an orphan" "abandon a 100" create a 100
  errors_in "create without O_TMPFILE" "" fail open 95 create a 100
  errors_in "attach" "create a 100 persistent" attach a
  errors_in "unlink" "create a 100 persistent" unlink a
  errors_in "list" "abandon a 100" list
  ok "$thrown errors thrown, $done faults survived, nothing left behind"
}

# ---------------------------------------------------------------------------------------------- names

# paths WORDS...: the paths in the system calls of the agent's commands, one a line, in $found.
paths() {
  run strace -f -s 600 -e trace=%file,statfs,truncate -o "$scratch/trace" "$agent" mark , "$@" , mark
  [ $code = 0 ] || fail "$*: exit code $code: $answer"
  found=$(awk '
    index($0, "segment-agent-mark") {marks++; next}
    marks == 1 {
      while (match($0, /"([^"\\]|\\.)*"/)) {
        print substr($0, RSTART + 1, RLENGTH - 2)
        $0 = substr($0, RSTART + RLENGTH)
      }
    }' "$scratch/trace")
}

names_stay_inside() {
  begin "no path outside /dev/shm"
  if ! command -v strace >/dev/null; then skip "strace is not installed"; return; fi
  shm size=8m
  local name verb word path found refused=0 used=0 long
  long=$(printf 'n%.0s' {1..255})
  local verbs=("create NAME 100" "create NAME 100 persistent" "attach NAME" "attach NAME readOnly"
    "copy NAME" "open NAME 100" "unlink NAME")
  [ $quick = 1 ] && verbs=("create NAME 100 persistent" "attach NAME" "unlink NAME")
  for name in "" . .. / // /a a/ a/b ../a ../../etc/passwd /dev/shm/a ./a a/../b $'a\nb' $'\t' $'\x7f' \
    "n$long" .sharedarray-x; do
    for verb in "${verbs[@]}"; do
      # A word each, of which the name may be empty.
      local words=()
      for word in $verb; do words+=("${word/#NAME/$name}"); done
      paths try "${words[@]}"
      [ -z "$found" ] || fail "$verb of $(printf %q "$name") used the path $found"
      case $answer in *"error invalidName:"*) ;; *) fail "$verb of $(printf %q "$name"): $answer" ;; esac
      refused=$((refused + 1))
    done
    empty "$(printf %q "$name")"
  done
  # An argument that is not UTF-8 reaches a Swift program with its bytes replaced.
  # shellcheck disable=SC2016
  for name in ... ..a - -rf "a b" '*' '~' '$(id)' 'a;b' '%s%n' grün .hidden $'\xff' "$long"; do
    for verb in "${verbs[@]}"; do
      local words=()
      for word in $verb; do words+=("${word/#NAME/$name}"); done
      paths try "${words[@]}"
      case $found in */dev/shm*) ;; *) fail "$verb of $name: no path in the trace" ;; esac
      while read -r path; do
        case $path in
          /dev/shm/*/*) fail "$verb of $name used the path $path" ;;
          "" | /dev/shm | /dev/shm/* | /proc/* | /sys/*) ;;
          *) fail "$verb of $name used the path $path" ;;
        esac
      done <<<"$found"
      used=$((used + 1))
    done
    "$agent" try unlink "$name" >/dev/null
    empty "$(printf %q "$name")"
  done
  ok "$refused uses of invalid names made no call with a path, $used others stayed inside /dev/shm"
}

# ----------------------------------------------------------------------------------- several processes

scenario() {
  begin "$1"
  shift
  shm size=64m
  answer=$(timeout -s KILL 1500 "$agent" "$@" 2>&1) || fail "$answer"
  empty "$*"
  ok "$answer"
}

full_file_system
odd_file_systems
memory_cgroup
descriptors
address_space
death_at_every_call
errors_at_every_call
names_stay_inside
if [ $quick = 1 ]; then
  scenario "eight creators" race a 8 200
  scenario "a creator and a sweeper over orphans" race a 2 1000 orphans
  scenario "attach during creation" watch a 10000
  scenario "generated names" draw 5000
  scenario "attach, detach, unlink, kill" churn a 8000 1
else
  scenario "eight creators" race a 8 1000
  scenario "a creator and a sweeper over orphans" race a 2 20000 orphans
  scenario "four creators and four sweepers over orphans" race a 8 2000 orphans
  scenario "attach during creation" watch a 100000
  scenario "generated names" draw 100000
  for seed in 1 2 3; do scenario "attach, detach, unlink, kill" churn a 80000 $seed; done
fi
echo "segments: all checks passed in $SECONDS s"
