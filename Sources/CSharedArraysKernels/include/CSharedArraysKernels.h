// Loops over numbers in memory, compiled for several instruction sets; which one runs is decided when the
// program is loaded.
#pragma once

#include "CKernelsElementwise.h"
#include "CKernelsFunctions.h"
#include "CKernelsReductions.h"
#include "CKernelsSorting.h"
