#!/usr/bin/env bash
# Builds the documentation as a site: the articles in Sources/SharedArrays/SharedArrays.docc, and the public symbols of
# all modules as those of the one module that programs import.
#
#   Tests/Docs/docs.sh [FOLDER]
#
# FOLDER is .build/documentation without one. Ends with exit code 1 where a public symbol has no comment, at any warning of
# DocC's (links that lead nowhere, parameters that do not exist), and where symbols are missing in what it made.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

output=${1:-.build/documentation}
symbols=.build/symbol-graphs
catalogue=Sources/SharedArrays/SharedArrays.docc

command -v docc >/dev/null || { echo "error: the toolchain on PATH has no docc." >&2; exit 1; }

swift build --target SharedArrays
modules=$(swift build --show-bin-path)

# What the umbrella re-exports and is this package's own.
reexported=$(sed -n 's/^@_exported public import //p' Sources/SharedArrays/Exports.swift |
  while read -r module; do [ ! -d "Sources/$module" ] || echo "$module"; done | paste -sd,)

# The C modules that the Swift modules import; their warnings are the build's business.
flags=(-I CShims/include -I Sources/CSharedArraysOpenBLAS -I Sources/CSharedArraysKernels/include -Xcc -w)
for name in CSharedArraysShims CSharedArraysKernels; do flags+=(-Xcc "-fmodule-map-file=$modules/$name.build/module.modulemap"); done
flags+=(-I "$modules/../../checkouts/swift-numerics/Sources/_NumericsShims/include")

rm -rf "$symbols" "$output"
mkdir -p "$symbols"
# Without the list of re-exported modules the umbrella would have no symbols at all.
swift symbolgraph-extract -module-name SharedArrays -target "$(basename "$(dirname "$modules")")" \
  -I "$modules/Modules" "${flags[@]}" -minimum-access-level public -skip-synthesized-members \
  -experimental-allowed-reexported-modules="$reexported" -output-dir "$symbols"
python3 Tests/Docs/check.py comments "$symbols"

docc convert "$catalogue" --additional-symbol-graph-dir "$symbols" --output-dir "$output" --warnings-as-errors \
  --fallback-display-name SharedArrays --fallback-bundle-identifier SharedArrays --fallback-default-module-kind Package
python3 Tests/Docs/check.py pages "$symbols" "$output"

echo "To read it, run python3 -m http.server -d $output and open http://localhost:8000/documentation/sharedarrays"
