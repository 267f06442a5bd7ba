/// Thin C wrappers of the system calls that this package uses.
///
/// Every function returns a value >= 0, or -errno, unless its comment states otherwise. No function
/// retries or makes decisions. A pointer result is written through the last parameter. The caller
/// owns what a call opens or maps; the Swift owner types in SharedArraysSystem release it.
#ifndef CSHIMS_H
#define CSHIMS_H

#include "CShimsFork.h"
#include "CShimsMemory.h"
#include "CShimsParticipants.h"
#include "CShimsProcess.h"
#include "CShimsSocket.h"
#include "CShimsSync.h"
#include "CShimsText.h"
#include "CShimsWorker.h"

#endif
