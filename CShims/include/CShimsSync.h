/// Locks that live in shared memory.
#ifndef CSHIMS_SYNC_H
#define CSHIMS_SYNC_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin
#pragma clang assume_nonnull end
#endif
