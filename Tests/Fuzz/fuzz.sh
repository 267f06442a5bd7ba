#!/usr/bin/env bash
# Fuzzes what reads bytes that others have written: the parser of `.npy` headers, and the decoders of control pages
# and of messages.
#
#   Tests/Fuzz/fuzz.sh [--runs N] [--quick] [TARGET]
#
# The package's modules are built with AddressSanitizer and libFuzzer's instrumentation (in .build/fuzz), so
# what is fuzzed is what programs run. TARGET is `header`, `control-page` or `transfer`; all without one, side by side.
# N is 10,000,000 without --runs, a tenth of it for `transfer`, whose runs take longer; --quick ends after 1,000,000
# runs or 30 seconds a target. Prints for each target how many runs there were and how many a second. An input that
# breaks an invariant is printed in hexadecimal and kept; exit code 1 then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

runs='' limit=0 targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=${2:?} && shift ;;
    --quick) runs=1000000 limit=30 ;;
    header | control-page | transfer) targets+=("$1") ;;
    *) echo "usage: $0 [--runs N] [--quick] [header | control-page | transfer]" >&2; exit 64 ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=(header control-page transfer)

scratch=$PWD/.build/fuzz
mkdir -p "$scratch"
if ! swift build -c release --scratch-path "$scratch" --target SharedArraysCore \
  -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address >"$scratch/log" 2>&1; then
  cat "$scratch/log" >&2
  echo "fuzz: the instrumented build failed" >&2
  exit 1
fi
built=$(swift build -c release --scratch-path "$scratch" --show-bin-path)

# The objects of today's sources; others may lie beside them.
objects=()
for folder in "$built"/*.build; do
  if [ -f "$folder/sources" ]; then
    while read -r source; do objects+=("$folder/$(basename "$source").o"); done <"$folder/sources"
  else
    while read -r object; do objects+=("$object"); done < <(find "$folder" -name '*.o')
  fi
done

# An archive, from which the linker takes what a target needs: after each run libFuzzer looks at a counter for every
# branch of the program, needed or not.
rm -f "$scratch/package.a"
ar rcs "$scratch/package.a" "${objects[@]}"

# What has `package` access is visible within a package, which is named after its folder.
package=$(basename "$PWD" | tr '[:upper:]' '[:lower:]' | tr -c 'a-z0-9_\n' _)

# compile TARGET SOURCE
compile() {
  swiftc -O -g -sanitize=fuzzer,address -use-ld=lld -parse-as-library -swift-version 6 -strict-memory-safety \
    -enable-experimental-feature Extern -enable-upcoming-feature MemberImportVisibility \
    -package-name "$package" -module-name Fuzzing -I "$built/Modules" \
    -Xcc "-fmodule-map-file=$built/CSharedArraysShims.build/module.modulemap" \
    -Xcc "-fmodule-map-file=$built/CSharedArraysKernels.build/module.modulemap" \
    -Xcc "-fmodule-map-file=$scratch/checkouts/swift-numerics/Sources/_NumericsShims/include/module.modulemap" \
    "Tests/Fuzz/$2" Tests/Fuzz/Support.swift "$scratch/package.a" -o "$scratch/$1"
}

# The stacks of allocations and half a gigabyte of freed memory in quarantine cost more than they tell here. Swift's
# backtrace of a fault would run under AddressSanitizer, and end in a fault of its own.
export ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=1 SWIFT_BACKTRACE=enable=no

# fuzz TARGET RUNS LARGEST OPTION...: runs it on fresh seeds. A signal to end ends the fuzzer too.
fuzz() {
  local target=$1 count=${runs:-$2} largest=$3 folder=$scratch/$1-inputs began=$SECONDS input fuzzer
  shift 3
  rm -rf "$folder" && mkdir -p "$folder/seeds" "$folder/found" "$folder/faults"
  python3 Tests/Fuzz/seeds.py "$target" "$folder/seeds"
  "$scratch/$target" -runs="$count" -max_total_time="$limit" -max_len="$largest" -timeout=10 \
    -print_final_stats=1 -artifact_prefix="$folder/faults/" "$@" "$folder/found" "$folder/seeds" \
    >"$folder/log" 2>&1 &
  fuzzer=$!
  trap 'kill "$fuzzer" 2>/dev/null; exit 143' TERM
  if wait "$fuzzer"; then
    awk -v target="$target" -v seconds=$((SECONDS - began)) '
      /^stat::number_of_executed_units/ {units = $2}
      /^stat::average_exec_per_sec/ {rate = $2}
      / cov: / {for (i = 1; i < NF; i++) if ($i == "cov:") covered = $(i + 1)}
      END {printf "ok %s: %d runs, %d a second, %d edges covered (%d s)\n", target, units, rate, covered, seconds}
    ' "$folder/log"
  else
    tail -n 60 "$folder/log" >&2
    for input in "$folder"/faults/*; do
      [ -f "$input" ] || continue
      echo "FAILED $target: $input contains"
      od -An -v -tx1 "$input" | tr -d ' \n' && echo
    done
    exit 1
  fi
}

for target in "${targets[@]}"; do
  case $target in
    header) compile header HeaderTarget.swift ;;
    control-page) compile control-page ControlPageTarget.swift ;;
    transfer) compile transfer TransferTarget.swift ;;
  esac
done

jobs=()
trap 'kill "${jobs[@]}" 2>/dev/null; exit 130' INT TERM
for target in "${targets[@]}"; do
  case $target in
    # 33 axes fit, one more than is allowed.
    header) fuzz header 10000000 400 -dict=Tests/Fuzz/header.dict & ;;
    control-page) fuzz control-page 10000000 72 & ;;
    transfer) fuzz transfer 1000000 600 & ;;
  esac
  jobs+=($!)
done
failed=0
for job in "${jobs[@]}"; do wait "$job" || failed=1; done
exit $failed
