// One result for many elements.
#pragma once

#include <stddef.h>
#include <stdint.h>
