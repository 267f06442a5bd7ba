// Functions marked CKERNELS_CLONES are compiled for several instruction sets; the loader picks one of them.
#pragma once

#if defined(__x86_64__) && defined(__gnu_linux__)
#define CKERNELS_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CKERNELS_CLONES
#endif

// The caller guarantees that operands overlap the result element for element or not at all.
#define CKERNELS_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
