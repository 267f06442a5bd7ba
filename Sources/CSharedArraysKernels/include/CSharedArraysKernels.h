// Loops over numbers in memory, compiled for several instruction sets. The loader chooses one when
// the program starts.
#pragma once

#include "CKernelsElementwise.h"
#include "CKernelsFunctions.h"
#include "CKernelsReductions.h"
#include "CKernelsSorting.h"
