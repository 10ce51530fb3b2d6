/* Group commit: many requests share one transaction, so one transaction waits for many locks.
 * Two replicas each commit a batch of two requests; each request claims a replay mark, holds a client's
 * row shared and a grant's row alone; an admin revokes a client: its row alone, then its grants.
 * Checked: nobody waits for ever, if every transaction takes its locks in one order over all tables:
 * all marks, then all client rows, then all grant rows, and each of these sorted.
 * No crashes here: a crash would end a wait and hide a deadlock.
 * Grant 0 is client 0's, grant 1 is client 1's; the proofs are any, equal ones included.
 */
bool mark[2];
byte shared[2];
bool alone[2];
bool grant[2];

#define LOCK_MARK(k) atomic { !mark[k] -> mark[k] = true; has_mark[k] = true }
#define LOCK_CLIENT(k) atomic { !alone[k] -> shared[k]++; has_client[k] = true }
#define LOCK_GRANT(k) atomic { !grant[k] -> grant[k] = true; has_grant[k] = true }

active [2] proctype Replica() {
  bool has_mark[2];
  bool has_client[2];
  bool has_grant[2];
  byte m0; byte m1; byte g0; byte g1;

  /* Request i of the batch carries proof mi for grant gi. */
  select(m0 : 0 .. 1); select(m1 : 0 .. 1);
  select(g0 : 0 .. 1); select(g1 : 0 .. 1);

#ifndef MUTANT_ORDER_OF_ARRIVAL
  d_step {
    byte t;
    if :: m0 > m1 -> t = m0; m0 = m1; m1 = t :: else fi;
    if :: g0 > g1 -> t = g0; g0 = g1; g1 = t :: else fi;
    t = 0
  };
#endif

#ifdef MUTANT_REQUEST_BY_REQUEST
  LOCK_MARK(m0); LOCK_CLIENT(g0); LOCK_GRANT(g0);
  if :: has_mark[m1] :: else -> LOCK_MARK(m1) fi;
  if :: has_client[g1] :: else -> LOCK_CLIENT(g1) fi;
  if :: has_grant[g1] :: else -> LOCK_GRANT(g1) fi;
#else
  LOCK_MARK(m0);
  if :: has_mark[m1] :: else -> LOCK_MARK(m1) fi;
  LOCK_CLIENT(g0);
  if :: has_client[g1] :: else -> LOCK_CLIENT(g1) fi;
  LOCK_GRANT(g0);
  if :: has_grant[g1] :: else -> LOCK_GRANT(g1) fi;
#endif

  d_step {
    if :: has_mark[0] -> mark[0] = false :: else fi;
    if :: has_mark[1] -> mark[1] = false :: else fi;
    if :: has_client[0] -> shared[0]-- :: else fi;
    if :: has_client[1] -> shared[1]-- :: else fi;
    if :: has_grant[0] -> grant[0] = false :: else fi;
    if :: has_grant[1] -> grant[1] = false :: else fi
  }
}

active proctype Admin() {
  byte c;
  select(c : 0 .. 1);
  atomic { shared[c] == 0 && !alone[c] -> alone[c] = true };
  atomic { !grant[c] -> grant[c] = true };
  d_step { alone[c] = false; grant[c] = false }
}
