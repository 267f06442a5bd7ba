#include "CShimsMemory.h"

#include <string.h>

// One rule for each thread, so that tests that run side by side do not meet each other's faults. Nothing here allocates:
// a forked child inherits the rule of the thread that forked it.
#ifdef DEBUG
static _Thread_local struct {
  char call[48];
  int error, for_ever;
  int64_t skip, calls;
} rule;

void cshims_fault_set(const char *call, int error, int64_t skip, int for_ever) {
  memset(&rule, 0, sizeof rule);
  strncpy(rule.call, call, sizeof rule.call - 1);
  rule.error = error;
  rule.skip = skip;
  rule.for_ever = for_ever;
}

void cshims_fault_clear(void) { memset(&rule, 0, sizeof rule); }

int cshims_fault_take(const char *call) {
  rule.calls++;
  if (!rule.error || (strcmp(rule.call, "*") && strcmp(rule.call, call))) return 0;
  if (rule.skip-- > 0) return 0;
  int error = rule.error;
  if (!rule.for_ever) rule.error = 0;
  else rule.skip = 0;
  return error;
}

int64_t cshims_fault_calls(void) { return rule.calls; }
#else
void cshims_fault_set(const char *call, int error, int64_t skip, int for_ever) {
  (void)call, (void)error, (void)skip, (void)for_ever;
}
void cshims_fault_clear(void) {}
int cshims_fault_take(const char *call) { (void)call; return 0; }
int64_t cshims_fault_calls(void) { return 0; }
#endif
