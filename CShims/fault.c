#include "CShimsMemory.h"

#include <errno.h>
#include <string.h>

// Each thread has its own rules, so that tests running in parallel do not see each other's faults.
// Nothing here allocates. A forked child inherits the rules of the thread that forked it.
#ifdef DEBUG
enum { MOST_RULES = 4 };

typedef struct {
  char call[48];
  int error, for_ever;
  int64_t skip;
} fault_rule;

static _Thread_local fault_rule rules[MOST_RULES];
static _Thread_local int rule_count;
static _Thread_local int64_t calls;

int cshims_fault_add(const char *call, int error, int64_t skip, int for_ever) {
  if (rule_count == MOST_RULES) return -ENOSPC;
  fault_rule *rule = &rules[rule_count++];
  *rule = (fault_rule){.error = error, .skip = skip, .for_ever = for_ever};
  strncpy(rule->call, call, sizeof rule->call - 1);
  return 0;
}

void cshims_fault_remove_last(void) {
  if (rule_count) rule_count--;
}

static int take(fault_rule *rule, const char *call) {
  if (!rule->error || (strcmp(rule->call, "*") && strcmp(rule->call, call))) return 0;
  if (rule->skip-- > 0) return 0;
  int error = rule->error;
  if (!rule->for_ever) rule->error = 0;
  else rule->skip = 0;
  return error;
}

int cshims_fault_take(const char *call) {
  calls++;
  for (int i = rule_count - 1; i >= 0; i--) {
    int error = take(&rules[i], call);
    if (error) return error;
  }
  return 0;
}

void cshims_fault_reset_calls(void) { calls = 0; }
int64_t cshims_fault_calls(void) { return calls; }
#else
int cshims_fault_add(const char *call, int error, int64_t skip, int for_ever) {
  (void)call, (void)error, (void)skip, (void)for_ever;
  return 0;
}
void cshims_fault_remove_last(void) {}
int cshims_fault_take(const char *call) { (void)call; return 0; }
void cshims_fault_reset_calls(void) {}
int64_t cshims_fault_calls(void) { return 0; }
#endif
