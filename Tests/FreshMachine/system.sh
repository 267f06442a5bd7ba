# Minimal Debian systems: how fresh.sh makes one and runs README's commands in it. It is sourced, and by `enter_system` run.

codename() { case $1 in 12) echo bookworm ;; 13) echo trixie ;; esac; }

# The folder that holds usr/bin/swift.
toolchain() { dirname "$(dirname "$(dirname "$(realpath "$(command -v swift)")")")"; }

# Pairs of a folder of this machine and the address that git replaces by it, one a line.
git_replacements() { git config --get-regexp '^url\..*\.insteadof$' | sed -E 's/^url\.(.*)\.insteadof (.*)$/\1 \2/'; }

# run_apart COMMAND...: runs a command in a session of its own, whose number is then in `apart`. In the background,
# since a shell that waits for a program in the foreground runs its traps only afterwards.
run_apart() {
  setsid "$@" &
  apart=$!
  wait $apart
}

# make_system RELEASE FOLDER: in a mount namespace of its own, since debootstrap mounts /proc in the system.
make_system() {
  run_apart unshare --mount --propagation private debootstrap --variant=minbase --include=sudo "$(codename "$1")" "$2" "${MIRROR:-http://deb.debian.org/debian}"
}

# prepare_system FOLDER ACCOUNT: everything that is written into a system before it runs.
prepare_system() {
  local system=$1 account=$2 path address
  cp /etc/resolv.conf "$system/etc/resolv.conf"
  # sudo looks up the name of the host.
  printf '127.0.0.1 localhost %s\n' "$(uname -n)" >"$system/etc/hosts"
  if [[ -n ${http_proxy:-} ]]; then
    printf 'Acquire::http::Proxy "%s";\n' "$http_proxy" >"$system/etc/apt/apt.conf.d/90proxy"
  fi
  # Git ignores safe.directory in the environment and on the command line, so the system's file has it.
  {
    printf '[safe]\n\tdirectory = *\n'
    git_replacements | while read -r path address; do
      printf '[url "%s"]\n\tinsteadOf = %s\n' "$path" "$address"
    done
  } >"$system/etc/gitconfig"
  git -C "$repository" bundle create --quiet "$system/sources.bundle" HEAD
  cp "$here/commands.sh" "$system/commands.sh"
  chmod 644 "$system/sources.bundle" "$system/commands.sh"
  # The line of README that names what a minimal system lacks, as a script.
  git -C "$repository" show HEAD:README.md | sed -n 's/^ *sudo \(apt-get install .*\)$/\1/p' >"$system/packages.sh"
  grep -q 'apt-get install' "$system/packages.sh"
  if [[ $account == user ]]; then
    chroot "$system" useradd --create-home --shell /bin/bash scientist
    echo 'scientist ALL=(ALL) NOPASSWD:ALL' >"$system/etc/sudoers.d/scientist"
  else
    chroot "$system" apt-get purge -y -qq sudo
  fi
}

# enter_system FOLDER ACCOUNT [--quick]: runs commands.sh in the system, with its exit code.
enter_system() {
  local system=$1 account=$2 spaces=(--mount --propagation private)
  [[ $account == chroot ]] && note_host
  [[ $account == chroot ]] || spaces+=(--pid --fork --kill-child)
  export FRESH_TOOLCHAIN FRESH_FOLDERS
  FRESH_TOOLCHAIN=$(toolchain)
  FRESH_FOLDERS=$(git_replacements | while read -r path _; do [[ -d $path ]] && realpath "$path"; done | sort -u)
  run_apart unshare "${spaces[@]}" bash "$here/system.sh" inside "$@"
}

# --- In the new namespaces

# mount_read_only SOURCE SYSTEM: mounts a folder of the host at the same path in a system.
mount_read_only() {
  mkdir -p "$2$1"
  mount --rbind "$1" "$2$1"
  remount_read_only "$2$1"
}

# remount_read_only FOLDER: the mount and all below it; only these mounts, not the file systems behind them.
remount_read_only() {
  local below
  awk -v top="$1" '$5 == top || index($5, top "/") == 1 {print $5}' /proc/self/mountinfo | while read -r below; do
    mount -o remount,bind,ro "$below"
  done
}

# mount_devices SYSTEM: a /dev as container engines make it; /dev/shm is small, nosuid and nodev.
mount_devices() {
  local node
  mount -t tmpfs -o nosuid,mode=755 dev "$1/dev"
  for node in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "$1/dev/${node%:*}" c 1 "${node#*:}"
  done
  mknod -m 666 "$1/dev/tty" c 5 0
  ln -s /proc/self/fd "$1/dev/fd"
  for node in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${node%:*}" "$1/dev/${node#*:}"; done
  mkdir "$1/dev/pts" "$1/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$1/dev/pts"
  ln -s pts/ptmx "$1/dev/ptmx"
  mount -t tmpfs -o nosuid,nodev,size=64m,mode=1777 shm "$1/dev/shm"
}

# inside FOLDER ACCOUNT [--quick]
inside() {
  local system=$1 account=$2 folder
  shift 2
  mount --bind "$system" "$system"
  if [[ $account == chroot ]]; then
    for folder in proc sys dev; do mount --rbind "/$folder" "$system/$folder"; done
  else
    mount -t proc -o nosuid,nodev,noexec proc "$system/proc"
    mount --rbind /sys "$system/sys"
    remount_read_only "$system/sys"
    mount_devices "$system"
  fi
  mount_read_only "$FRESH_TOOLCHAIN" "$system"
  for folder in $FRESH_FOLDERS; do mount_read_only "$folder" "$system"; done
  cd "$system"
  if [[ $account != chroot ]]; then
    # Not chroot alone, from which nsenter would reach the host.
    mkdir -p old
    pivot_root . old
    umount -l /old
  fi
  local home=/root user=root become=()
  if [[ $account == user ]]; then
    home=/home/scientist user=scientist become=(setpriv --reuid=scientist --regid=scientist --init-groups)
  fi
  # OpenBLAS takes its settings along: on some processors an old one computes wrong results without them.
  local settings
  mapfile -t settings < <(env | grep -E '^(OPENBLAS_|https?_proxy=|no_proxy=)' || true)
  exec chroot . "${become[@]}" env -i HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/bash TERM=dumb \
    PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$FRESH_TOOLCHAIN/usr/bin" "${settings[@]}" \
    bash /commands.sh "$@"
}

# --- A watch over the host, for a chroot

# Prints what a test must leave as it is: mounts with their options, names in /dev/shm, and sysctls but those that count or draw.
host_state() {
  sort /proc/1/mountinfo
  ls /dev/shm
  sysctl -a 2>/dev/null | grep -vE \
    '^(fs\.(dentry-state|file-nr|inode-nr|inode-state|quota\.)|kernel\.(ns_last_pid|random\.|pty\.nr|sched_domain)|net\.netfilter\.nf_conntrack_count|vm\.stat)'
}

note_host() { host_before=$(host_state); }

host_is_as_before() { diff <(printf '%s\n' "$host_before") <(host_state) && echo "The host is as before."; }

if [[ ${1:-} == inside ]]; then
  set -euo pipefail
  "$@"
fi
