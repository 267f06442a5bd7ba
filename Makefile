# Everything here needs a Swift toolchain on PATH. Each target installs the Debian packages that it needs and this
# machine lacks, and says so; where it may not, it prints which ones are missing.
#   make run ARGS="..."        arguments for the demo
#   make test TEST_ARGS="..."  arguments for swift test, for example --filter LayeringTests
#   make examples              builds and runs the programs in Examples; compares with NumPy where there is one
#   make docs                  builds the documentation as a site, in .build/documentation
#   make bench ARGS="..."      arguments for the benchmarks, for example --quick or a topic such as Locks
#   make chart                 draws the picture of the results in Benchmarks/Results; ARGS=--check only compares

.PHONY: run test bench chart examples docs format lint requirements clean

examples = attach-by-name call-c processes shared-counter queue-workers pipeline named-queue parallel-sum \
  monte-carlo image-processor heat-equation numpy-tour not-thread-safe recovery
sources = $(wildcard Package.swift Sources Tests Benchmarks Examples)

run:
	@$(call need,toolchain openblas)
	@swift build -c release --product sharedarray
	@"$$(swift build -c release --show-bin-path)/sharedarray" demo $(ARGS)

test:
	@$(call need,toolchain openblas numpy)
	@swift build --build-tests
	@swift test --no-parallel $(TEST_ARGS)

bench:
	@$(call need,toolchain openblas)
	@swift run -c release --package-path Benchmarks sharedarray-bench $(ARGS)

chart:
	@$(call need,toolchain)
	@swift run -c release --package-path Benchmarks benchmark-chart \
	  Benchmarks/Results/latest.jsonl Benchmarks/Results/chart.svg $(ARGS)

examples:
	@$(call need,toolchain openblas libpng)
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

docs:
	@$(call need,toolchain openblas python)
	@Tests/Docs/docs.sh

format:
	@$(call need,toolchain)
	@swift format --in-place --recursive $(sources)

lint:
	@$(call need,toolchain)
	@swift format lint --strict --recursive $(sources)

clean:
	@rm -rf .build Benchmarks/.build Examples/.build

# Installs the requirements of all targets.
requirements:
	@$(call need,toolchain openblas libpng numpy python)

# Each requirement: the Debian packages that meet it, and a shell command that succeeds where it is met. A Swift
# toolchain needs a linker, the C library's headers and some libraries, which a minimal system lacks.
packages_toolchain = g++ libcurl4 libncurses6 libsqlite3-0 libxml2
met_toolchain = swift build --version && $(call links,int main(void) { return 0; })

packages_openblas = libopenblas-dev
met_openblas = $(call links,void dgesv_(void); int main(void) { dgesv_(); return openblas_get_num_threads(); }, \
  -include cblas.h -lopenblas)

# Some of the examples read and write PNG files.
packages_libpng = libpng-dev
met_libpng = $(call links,int main(void) { return png_access_version_number() == 0; },-include png.h -lpng)

# The tests compare with NumPy, in whichever Python has it.
packages_numpy = python3-numpy
met_numpy = python3 -c 'import numpy' || /usr/bin/python3 -c 'import numpy'

packages_python = python3
met_python = python3 -c 'import json'

# $(call links,PROGRAM,FLAGS): a shell command that succeeds if the toolchain compiles and links a program in C.
links = echo '$(1)' | clang -x c - $(2) -o "$$folder/program"

# $(call need,REQUIREMENTS): shell commands that install the packages of the requirements that are not met.
define need
  command -v swift >/dev/null || { \
    echo "error: no Swift toolchain is on PATH; install Swift 6.3 or later (https://www.swift.org/install/linux)." >&2; \
    exit 1; }; \
  folder=$$(mktemp -d); missing=; \
  $(foreach name,$(1),{ $(met_$(name)); } >/dev/null 2>&1 || missing="$$missing $(packages_$(name))";) \
  rm -rf "$$folder"; \
  [ -z "$$missing" ] || { $(install); }
endef

# Installs the packages in the shell variable `missing`.
define install
  ask() { echo "error: $$1 This machine lacks packages; as root: apt-get install$$missing" >&2; exit 1; }; \
  command -v apt-get >/dev/null || ask "apt-get is not available."; \
  as=; \
  [ "$$(id -u)" -eq 0 ] || { as=sudo; command -v sudo >/dev/null || ask "Installing needs root or sudo."; }; \
  echo "Installing$$missing."; \
  $$as apt-get update -qq || echo "warning: the lists of packages could not be updated." >&2; \
  $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing \
    || ask "The packages could not be installed."
endef
