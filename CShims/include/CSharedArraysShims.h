/// Thin C over the system calls of this package.
///
/// Every function returns a value >= 0, or -errno; none retries, none decides. A pointer result is written through the
/// last parameter. Callers own what a call opens or maps; the Swift owner types in SystemLayer release it.
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
