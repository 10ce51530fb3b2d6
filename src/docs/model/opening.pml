/* Opening a grant against revoking its client. Two replicas each open a grant of one client
 * (client_credentials) while an admin revokes that client, which ends its grants in one transaction.
 * An opener holds the client's row shared until its commit; the revocation holds it alone, and looks for
 * the client's grants in a statement of its own, begun after it has the row: under READ COMMITTED a
 * statement sees what was committed when it began, not when its wait for a lock ended.
 */
#ifndef ONLY
#define ONLY 0
#endif
#define MUST(property, condition) assert((condition) || (ONLY != 0 && ONLY != property))

#define ABSENT 0
#define LIVE 1
#define ENDED 2

bool client_active = true;
byte client_shared = 0;
bool client_exclusive = false;
byte grant[2];

bool revoke_committed = false;
bool revoke_acked = false;
byte issued = 0;

active [2] proctype Opener() {
  bool late = false;

  late = revoke_acked;
#ifdef MUTANT_OPENS_WITHOUT_CLIENT_LOCK
  if
  :: client_active
  :: !client_active -> goto refused
  fi;
#else
  atomic { !client_exclusive -> client_shared++ };
  if
  :: client_active
  :: atomic { !client_active -> client_shared--; goto refused }
  :: atomic { true -> client_shared--; goto refused }    /* a crash */
  fi;
#endif
  if
  :: d_step {
       MUST(3, !revoke_committed);
       grant[_pid] = LIVE;
       issued = issued | (1 << _pid);
#ifndef MUTANT_OPENS_WITHOUT_CLIENT_LOCK
       client_shared--
#endif
     }
  :: d_step { true ->                                    /* a crash, or the commit fails */
#ifndef MUTANT_OPENS_WITHOUT_CLIENT_LOCK
       client_shared--;
#endif
     }
     goto refused
  fi;
  if
  :: d_step { true -> MUST(2, issued & (1 << _pid)); MUST(3, !late) }
  :: true                                                /* no token leaves */
  fi;
refused:
  skip
}

active proctype Admin() {
  bool seen[2];
#ifdef MUTANT_REVOKES_IN_ONE_STATEMENT
  d_step { seen[0] = (grant[0] == LIVE); seen[1] = (grant[1] == LIVE) };
#endif
#ifndef MUTANT_REVOKES_WITHOUT_CLIENT_LOCK
  atomic { client_shared == 0 && !client_exclusive -> client_exclusive = true };
#endif
#ifndef MUTANT_REVOKES_IN_ONE_STATEMENT
  d_step { seen[0] = (grant[0] == LIVE); seen[1] = (grant[1] == LIVE) };
#endif
  if
  :: d_step {
       client_active = false;
       if
       :: seen[0] -> grant[0] = ENDED
       :: else
       fi;
       if
       :: seen[1] -> grant[1] = ENDED
       :: else
       fi;
       revoke_committed = true;
       client_exclusive = false
     }
  :: atomic { true -> client_exclusive = false; goto crashed }
  fi;
  revoke_acked = true;
  MUST(3, grant[0] != LIVE && grant[1] != LIVE);
crashed:
  skip
}
