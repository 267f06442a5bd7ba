#!/usr/bin/env bash
# Runs README's two commands on minimal Debian systems, as a new user would.
#
#   Tests/FreshMachine/fresh.sh [12|13] [root|user|chroot] [--quick]
#
# Without a release it tries both, without an account `root` and `user`. For each combination it makes a system with
# debootstrap, installs README's line of packages there, clones HEAD into a path with a space and a non-ASCII letter,
# runs `make run` and `make test`, and prints one line. The exit code is 1 if a combination fails.
#
#   root    the superuser of a container: no sudo, and mounts, processes and /dev/shm of its own
#   user    a normal user with sudo, in the same container
#   chroot  the superuser in a plain chroot that shares processes and /dev/shm with the host; a watcher checks that
#           the host's mounts, names in /dev/shm and sysctls stay as they are
#   --quick builds the tests, but runs only the suites that depend most on the system
#
# It needs root and debootstrap. The Swift toolchain is mounted read-only from the host. MIRROR names another mirror
# of Debian, FRESH_LOGS a folder that keeps the logs. A combination takes about 13 minutes and 4 GB in TMPDIR.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
repository=$(realpath "$here/../..")
# shellcheck source=Tests/FreshMachine/system.sh
source "$here/system.sh"

usage() {
  sed -n 's/^#   Tests/Usage: Tests/p' "${BASH_SOURCE[0]}" >&2
  exit 64
}

releases=() accounts=() quick=
for word in "$@"; do
  case $word in
    12 | 13) releases+=("$word") ;;
    root | user | chroot) accounts+=("$word") ;;
    --quick) quick=--quick ;;
    *) usage ;;
  esac
done
[[ ${#releases[@]} -gt 0 ]] || releases=(12 13)
[[ ${#accounts[@]} -gt 0 ]] || accounts=(root user)

require() {
  [[ $(id -u) -eq 0 ]] || { echo "error: fresh.sh needs root, to make systems and mounts." >&2; exit 1; }
  local tool
  for tool in debootstrap git unshare pivot_root swift; do
    command -v "$tool" >/dev/null || { echo "error: fresh.sh needs $tool, which is not on PATH." >&2; exit 1; }
  done
}

# combination RELEASE ACCOUNT: prints one line; false if README's commands fail.
combination() {
  local release=$1 account=$2 system="$work/debian-$1-$2" log="$logs/debian-$1-$2.log" begin=$SECONDS outcome=passed
  cp -a "$work/debian-$release" "$system"
  prepare_system "$system" "$account" >>"$log" 2>&1
  enter_system "$system" "$account" $quick >>"$log" 2>&1 </dev/null || outcome="FAILED with exit code $?"
  if [[ $account == chroot ]] && ! host_is_as_before >>"$log" 2>&1; then outcome="FAILED: the host has changed"; fi
  rm -rf --one-file-system "$system"
  printf 'Debian %s, %s: %s; debootstrap %s s, %s%s s in all\n' "$release" "$account" "$outcome" \
    "${made[$release]}" "$(summary "$log")" "$((SECONDS - begin))"
  [[ $outcome == passed ]] && return
  echo "Failures in $log, and its end:"
  grep -E '✘ Test .* (recorded|failed)|error:' "$log" | cut -c 1-300 | tail -n 40
  tail -n 5 "$log"
  return 1
}

# summary LOG: the times of the steps and the test runner's summary.
summary() {
  sed -n 's/^== \(.*\): \([0-9]*\) s$/\1 \2 s, /p' "$1" | tr -d '\n'
  sed -n 's/.*\(Test run with [0-9]* tests\{0,1\} in [0-9]* suites\{0,1\} [a-z]*\).*/\1, /p' "$1" | tail -n 1 | tr -d '\n'
}

require
work=$(mktemp -d "${TMPDIR:-/tmp}/fresh.XXXXXX")
apart=
trap 'rm -rf --one-file-system "$work"' EXIT
trap '[[ -z $apart ]] || kill -KILL -- "-$apart" 2>/dev/null; exit 130' INT TERM HUP
logs=${FRESH_LOGS:-$work/logs}
mkdir -p "$logs"
declare -A made
status=0
for release in "${releases[@]}"; do
  begin=$SECONDS
  make_system "$release" "$work/debian-$release" >"$logs/debian-$release.log" 2>&1 || {
    echo "Debian $release: debootstrap FAILED; the end of its log:"
    tail -n 20 "$logs/debian-$release.log"
    status=1
    continue
  }
  made[$release]=$((SECONDS - begin))
  for account in "${accounts[@]}"; do
    combination "$release" "$account" || status=1
  done
done
exit $status
