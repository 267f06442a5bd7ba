# Everything here needs a Swift toolchain on PATH; `deps` installs the other requirements, and only those that are missing.
#   make run ARGS="..."        arguments for the demo
#   make test TEST_ARGS="..."  arguments for swift test, for example --filter LayeringTests
#   make examples              builds and runs the programs in Examples; compares with NumPy where there is one
#   make docs                  builds the documentation as a site, in .build/documentation
#   make bench ARGS="..."      arguments for the benchmarks, for example --quick
#   make chart                 draws the picture of the results in Benchmarks/Results; ARGS=--check only compares

.PHONY: run test bench chart examples docs format lint deps libpng numpy toolchain clean

examples = attach-by-name call-c processes shared-counter queue-workers pipeline named-queue parallel-sum \
  monte-carlo image-processor heat-equation numpy-tour not-thread-safe recovery
sources = $(wildcard Package.swift Sources Tests Benchmarks Examples)

run: toolchain deps
	@swift build -c release --product sharedarray
	@"$$(swift build -c release --show-bin-path)/sharedarray" demo $(ARGS)

test: toolchain deps numpy
	@swift build --build-tests
	@swift test --no-parallel $(TEST_ARGS)

bench: toolchain deps
	@swift run -c release --package-path Benchmarks sharedarray-bench $(ARGS)

chart: toolchain
	@swift run -c release --package-path Benchmarks benchmark-chart \
	  Benchmarks/Results/latest.jsonl Benchmarks/Results/chart.svg $(ARGS)

examples: toolchain deps libpng
	@swift build -c release --package-path Examples
	@programs="$$(swift build -c release --package-path Examples --show-bin-path)"; \
	for program in $(examples); do echo "== $$program"; "$$programs/$$program" || exit 1; done; \
	echo "== image-processor --kill"; "$$programs/image-processor" --kill --workers 2 || exit 1; \
	echo "== heat-equation --kill"; "$$programs/heat-equation" --kill --size 512 || exit 1; \
	for python in python3 /usr/bin/python3; do \
	  $$python -c 'import numpy' 2>/dev/null || continue; \
	  echo "== numpy-tour beside NumPy"; \
	  $$python Examples/Sources/numpy-tour/numpy/compare.py "$$programs/numpy-tour" || exit 1; \
	  echo "== live-share --watch"; "$$programs/live-share" --watch || exit 1; \
	  break; \
	done

docs: toolchain deps
	@Tests/Docs/docs.sh

format: toolchain
	@swift format --in-place --recursive $(sources)

lint: toolchain
	@swift format lint --strict --recursive $(sources)

clean:
	@rm -rf .build Benchmarks/.build Examples/.build

toolchain:
	@command -v swift >/dev/null || { \
	  echo "error: there is no Swift toolchain on PATH; install Swift 6.3 or later (https://www.swift.org/install/linux)." >&2; \
	  exit 1; }

# OpenBLAS counts as present when its header is there and a call of its own and one of LAPACK link.
deps:
	@program=$$(mktemp); \
	if ls /usr/include/*/cblas.h >/dev/null 2>&1 \
	  && echo 'int openblas_get_num_threads(void); void dgesv_(void); int main(void) { dgesv_(); return openblas_get_num_threads(); }' \
	    | "$$(command -v clang || command -v cc)" -x c - -lopenblas -o "$$program" >/dev/null 2>&1; \
	then rm -f "$$program"; else rm -f "$$program"; $(call install,libopenblas-dev); fi

# Some of the examples read and write PNG files.
libpng:
	@program=$$(mktemp); \
	if echo 'int main(void) { return png_access_version_number() == 0; }' \
	    | "$$(command -v clang || command -v cc)" -x c -include png.h - -lpng -o "$$program" >/dev/null 2>&1; \
	then rm -f "$$program"; else rm -f "$$program"; $(call install,libpng-dev); fi

# The tests compare with NumPy, in whichever Python has it.
numpy:
	@python3 -c 'import numpy' 2>/dev/null || /usr/bin/python3 -c 'import numpy' 2>/dev/null \
	  || { $(call install,python3-numpy); }

# install(PACKAGE): a shell command list that installs one Debian package.
define install
if ! command -v apt-get >/dev/null; then \
    echo "error: $(1) is missing and there is no apt-get to install it with; install its equivalent by hand." >&2; exit 1; \
  elif [ "$$(id -u)" -eq 0 ]; then as=; \
  elif command -v sudo >/dev/null; then as=sudo; \
  else echo "error: $(1) is missing and installing it needs root or sudo; run 'apt-get install $(1)' as root." >&2; exit 1; fi; \
  echo "Installing $(1)."; \
  $$as apt-get update -qq && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1)
endef
