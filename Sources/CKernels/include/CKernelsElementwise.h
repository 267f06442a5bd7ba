// One result for each element.
#pragma once

#include <stddef.h>
#include <stdint.h>
