/* Refresh-token rotation: one grant, its row, and everybody who may touch it.
 * How to read and run it: README.md beside this file; `./check` runs every configuration.
 *
 * A slot is one request: what it presents, the proof of possession it carries, what became of it.
 * Lost messages need no step of their own where only safety is checked: a request that no replica
 * ever takes, and an answer that nobody ever reads, are lost. The liveness run loses them openly.
 *
 * Configuration (-D...), all numbers:
 *   MAXGEN    the bot is content once it has stored this generation
 *   REQS      requests of the bot, each with a proof of its own
 *   THEFTS    requests of the thief, and THIEF says what it has beside a copied token:
 *             NO_KEY nothing, OTHER_KEY an attested key of its own, COPIED_PROOF a proof copied from the bot
 *   REPLICAS  requests worked on at the same moment
 *   DUPS      deliveries of a request that the network repeats (the same bytes, the same proof)
 *   REVOKE    0 nobody, 1 an admin revokes the grant, 2 an admin revokes the client,
 *             which ends its grants; 3 an admin suspends the client, which ends nothing
 *   TIME      1: a proof may grow too old at any moment, and its replay mark is then purged
 *   FRESH     where the age of a proof is judged: 0 nowhere, 1 on arrival, 2 under the row's lock
 *   QUIET     1: the bot uses a successor only when its earlier requests are answered or too old
 *   LATE      1: a proof older than the last rotation never ends the grant, it is refused
 *   CARELESS  1: the bot stores any answer, also that of a request which it gave up long ago
 *   CRASHES   0: no replica ever crashes; else a wait for a lock could always end that way and hide a deadlock
 *   FAULTS, HASTE  (LIVENESS only) losses and crashes; retries while the first is still on its way
 *   ONLY      0: all properties are asserted; n: only property n (so that a mutant must break that one)
 *   EXCEPT    n: all but property n
 *   WITNESS   n: not a property but a situation that must be reachable
 */
#ifndef MAXGEN
#define MAXGEN 3
#endif
#ifndef REQS
#define REQS 4
#endif
#ifndef THEFTS
#define THEFTS 0
#endif
#ifndef REPLICAS
#define REPLICAS 2
#endif
#ifndef DUPS
#define DUPS 0
#endif
#ifndef REVOKE
#define REVOKE 0
#endif
#ifndef TIME
#define TIME 0
#endif
#ifndef FRESH
#define FRESH 0
#endif
#ifndef QUIET
#define QUIET 0
#endif
#ifndef LATE
#define LATE 0
#endif
#ifndef CARELESS
#define CARELESS 0
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LIVENESS
#define LIVENESS 0
#endif
#ifndef ONLY
#define ONLY 0
#endif
#ifndef EXCEPT
#define EXCEPT 0
#endif
#define NO_KEY 1
#define OTHER_KEY 2
#define COPIED_PROOF 3
#ifndef THIEF
#define THIEF 0
#endif
#define SLOTS (REQS + THEFTS)

/* The properties, numbered as in README.md. */
#define MUST(property, condition) assert((condition) || (ONLY != 0 && ONLY != property) || EXCEPT == property)
/* Not a property but a situation that the search must be able to reach, or it proves nothing. */
#ifdef WITNESS
#define REACHED(situation) assert(WITNESS != situation)
#else
#define REACHED(situation) skip
#endif

/* A request; a replay mark. Plain numbers, because an array of mtype starts as 0. */
#define UNSENT 0
#define SENT 1
#define TAKEN 2
#define OVER 3
#define FREE 0
#define CLAIMED 1
#define KEPT 2

mtype = { ROTATE, REPEAT, REFUSE, END_GRANT };

/* PICK(v, IS): v becomes any slot k with IS(k); blocks while there is none. */
#if SLOTS > 1
#define PICK1(v, IS) :: IS(1) -> v = 1
#else
#define PICK1(v, IS)
#endif
#if SLOTS > 2
#define PICK2(v, IS) :: IS(2) -> v = 2
#else
#define PICK2(v, IS)
#endif
#if SLOTS > 3
#define PICK3(v, IS) :: IS(3) -> v = 3
#else
#define PICK3(v, IS)
#endif
#if SLOTS > 4
#define PICK4(v, IS) :: IS(4) -> v = 4
#else
#define PICK4(v, IS)
#endif
#if SLOTS > 5
#define PICK5(v, IS) :: IS(5) -> v = 5
#else
#define PICK5(v, IS)
#endif
#if SLOTS > 6
#define PICK6(v, IS) :: IS(6) -> v = 6
#else
#define PICK6(v, IS)
#endif
#if SLOTS > 7
#error "at most 7 requests, bot and thief together"
#endif
#define PICK(v, IS) if :: IS(0) -> v = 0 PICK1(v, IS) PICK2(v, IS) PICK3(v, IS) PICK4(v, IS) PICK5(v, IS) PICK6(v, IS) fi
#define IS_SENT(k) req[k] == SENT
#define IS_COPIABLE(k) (k) < REQS && req[k] != UNSENT
#define IS_LOSABLE(k) req[k] == SENT && faults > 0
#define IS_ANSWERED(k) answer[k] > 0
#define IS_AGEING(k) req[k] != UNSENT && !old[k]
#define IS_PURGEABLE(k) mark[k] == KEPT && old[k]

/* The database. A transaction's writes are kept by its replica until the commit. */
byte generation = 0;              /* of the one refresh token that is not spent */
bool live = true;
bool client_active = true;
bool grant_locked = false;
byte client_shared = 0;
bool client_exclusive = false;
byte mark[SLOTS];           /* the jti of proof s: CLAIMED by an open transaction, KEPT by a committed one */

/* The network and the clients. */
byte req[SLOTS];
byte presented[SLOTS];
byte answer[SLOTS];               /* generation of the refresh token in the answer; 0: no answer with tokens */
byte token = 0;                   /* what the bot has stored */
byte sent = 0;                    /* requests the bot has used up */
byte released = 0;                /* highest generation that ever left a replica: what a thief may have copied */
#if THIEF == COPIED_PROOF
byte proof[SLOTS];
#define PROOF(s) proof[s]
#else
#define PROOF(s) s
#endif
#if DUPS
byte dups = DUPS;
#endif
#if TIME
bool old[SLOTS];                  /* proof s has left the time window */
#define TOO_OLD(s) old[PROOF(s)]
#else
#define TOO_OLD(s) false
#endif
#if QUIET
bool answered[SLOTS];
#endif
#if LATE
byte challenge = 0;               /* the bot's newest: its time, counted in rotations */
byte born[SLOTS];                 /* the time of the challenge inside proof s */
#endif

/* Only for the properties; no step reads them. */
byte spent = 0;                   /* bit g: a transition g -> g+1 was committed */
byte issued = 0;                  /* bit s: an audit row 'issued' for request s was committed */
byte effects = 0;                 /* bit p: proof p had an effect */
byte late = 0;                    /* bit s: request s was sent after a revocation was acknowledged */
byte line = 0;                    /* bit g: a second, different token of generation g left a replica */
bool revoke_committed = false;
bool revoke_acked = false;

#if LIVENESS
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef HASTE
#define HASTE 1
#endif
byte faults = FAULTS;
byte haste = HASTE;
#define FAULT faults > 0 -> faults--
#define GONE(s) req[s] = OVER
ltl delivered { <> (token == MAXGEN) }
#else
#define FAULT CRASHES
#define GONE(s) skip
#ifdef STAYS_DEAD
ltl stays_dead { [] (!live -> [] !live) }
#endif
#endif

#define OWNER(s) ((s) < REQS || THIEF == COPIED_PROOF)
#define HONEST (THEFTS == 0 || THIEF == NO_KEY)

/* A crash before the commit, or the commit fails. */
inline roll_back() {
  printf("replica %d: request %d is rolled back\n", _pid, s);
  if
  :: mark[PROOF(s)] == CLAIMED && claimed -> mark[PROOF(s)] = FREE
  :: else
  fi;
  if
  :: holds_client -> client_shared--
  :: else
  fi;
  if
  :: holds_grant -> grant_locked = false
  :: else
  fi;
  claimed = false; holds_client = false; holds_grant = false;
  GONE(s)
}

/* A replica remembers nothing of a request that it is done with. */
inline forget() {
  s = 0; seen = 0; decision = REFUSE; spends_used = false
}

/* The rotation rule: RefreshDecision.decide. */
inline decide() {
  seen = generation;
  spends_used = false;
  MUST(1, presented[s] <= seen);
  if
  :: !live -> decision = REFUSE
  :: live && presented[s] == seen && OWNER(s) -> decision = ROTATE
  :: live && presented[s] == seen && !OWNER(s) -> decision = REFUSE; REACHED(1)
#ifdef MUTANT_STRICT_ROTATION
  :: live && presented[s] < seen -> decision = END_GRANT
#else
#ifdef MUTANT_GRACE_FOR_ANY_KEY
  :: live && presented[s] + 1 == seen -> decision = REPEAT
#else
  :: live && presented[s] + 1 == seen && OWNER(s) -> decision = REPEAT; REACHED(2)
  :: live && presented[s] + 1 == seen && !OWNER(s) -> decision = END_GRANT; REACHED(3)
#endif
  :: live && presented[s] + 1 < seen ->
#if LATE
     if
     :: OWNER(s) && born[PROOF(s)] < seen -> decision = REFUSE; REACHED(4)
     :: else -> decision = END_GRANT
     fi
#else
     decision = END_GRANT
#endif
#endif
  fi;
  if
  :: live && presented[s] < seen && !OWNER(s) -> spends_used = true
  :: else
  fi;
#if FRESH == 2
  if
  :: old[PROOF(s)] -> decision = REFUSE; spends_used = false; REACHED(5)
  :: else
  fi
#endif
}

inline write_and_commit() {
  printf("replica %d commits: the grant was at %d, request %d presents %d, decision %e\n", _pid, seen, s, presented[s], decision);
  if
  :: decision == ROTATE || decision == REPEAT ->
     MUST(3, !revoke_committed);
     MUST(7, !(effects & (1 << PROOF(s))));
     effects = effects | (1 << PROOF(s));
     issued = issued | (1 << s)
  :: decision == END_GRANT ->
     MUST(6, !HONEST);
     MUST(7, !(effects & (1 << PROOF(s))));
     effects = effects | (1 << PROOF(s))
  :: decision == REFUSE ->
     /* The bot's stored token with a proof in time is refused after a revocation only. */
     MUST(6, !HONEST || revoke_committed || s >= REQS || presented[s] != token || TOO_OLD(s))
  :: else
  fi;
  if
  :: decision == ROTATE ->
     MUST(1, !(spent & (1 << seen)));
     spent = spent | (1 << seen);
     generation = seen + 1
  :: decision == END_GRANT ->
#ifndef MUTANT_REFUSAL_ROLLS_BACK
     live = false
#else
     skip
#endif
  :: else
  fi;
#ifdef MUTANT_REVOKE_WITHOUT_LOCK
  /* The row is written back whole, as it was read. */
  if
  :: decision == ROTATE -> live = true
  :: else
  fi;
#endif
  if
  :: claimed -> mark[PROOF(s)] = KEPT
  :: else
  fi;
  if
  :: holds_client -> client_shared--
  :: else
  fi;
  if
  :: holds_grant -> grant_locked = false
  :: else
  fi;
  claimed = false; holds_client = false; holds_grant = false;
  MUST(6, !HONEST || CARELESS || generation <= token + 1)
}

/* The access token is signed and leaves the replica, with the refresh token of generation seen+1 or seen. */
inline release() {
  MUST(2, issued & (1 << s));
  MUST(3, !(late & (1 << s)));
  MUST(4, s < REQS);
  if
  :: decision == ROTATE -> seen = seen + 1
  :: else
  fi;
#ifdef MUTANT_NEW_SUCCESSOR
  if
  :: decision == REPEAT -> line = line | (1 << seen)
  :: else
  fi;
#endif
  MUST(1, !(line & (1 << seen)));
  if
  :: revoke_acked -> REACHED(8)
  :: else
  fi;
  printf("replica %d answers request %d with refresh token %d\n", _pid, s, seen);
  if
  :: seen > released -> released = seen
  :: else
  fi;
  if
  :: s < REQS && (CARELESS || presented[s] == token) -> answer[s] = seen
  :: else -> GONE(s)      /* nobody waits for it any more */
  fi
}

active [REPLICAS] proctype Replica() {
  byte s = 0;
  byte seen = 0;
  mtype decision = REFUSE;
  bool claimed = false;
  bool holds_client = false;
  bool holds_grant = false;
  bool spends_used = false;

end_idle:
  atomic {
    PICK(s, IS_SENT);
#if DUPS
    if
    :: dups > 0 && s < REQS -> dups--
    :: req[s] = TAKEN
    fi;
#else
    req[s] = TAKEN;
#endif
    printf("replica %d takes request %d\n", _pid, s);
    /* Client authentication: without a proof of possession nothing further happens. */
    if
    :: s >= REQS && THIEF == NO_KEY -> GONE(s); forget(); goto end_idle
    :: else
    fi;
#if FRESH == 1
    if
    :: old[PROOF(s)] -> GONE(s); forget(); goto end_idle
    :: else
    fi
#endif
  }

  /* The transaction. First the replay mark: a claim of another transaction is waited for. */
#ifdef MUTANT_NO_REPLAY_MARK
  skip;
#else
#ifdef MUTANT_REPLAY_LOOKED_UP
  /* Looked up now, written at the commit; no unique key. */
  if
  :: mark[PROOF(s)] == KEPT -> GONE(s); forget(); goto end_idle
  :: else
  fi;
#else
  atomic {
    mark[PROOF(s)] != CLAIMED;
    if
    :: mark[PROOF(s)] == KEPT ->
       REACHED(6);
       printf("replica %d: this proof was used; refused\n", _pid);
#ifdef MUTANT_REPLAY_ENDS_GRANT
       live = false;
#endif
       GONE(s); forget(); goto end_idle
    :: else -> mark[PROOF(s)] = CLAIMED; claimed = true
    fi
  }
#endif
#endif

#if REVOKE >= 2
#ifdef MUTANT_CLIENT_READ_WITHOUT_LOCK
  if
  :: client_active
  :: d_step { !client_active -> decision = REFUSE } goto decided
  fi;
#else
  if
  :: atomic { !client_exclusive ->
       client_shared++; holds_client = true;
       if
       :: !client_active -> decision = REFUSE; goto decided
       :: else
       fi }
  :: d_step { FAULT -> roll_back(); forget() } goto end_idle
  fi;
#endif
#endif

  if
#ifdef MUTANT_NO_LOCK
  :: d_step { true -> decide() }
#else
  :: d_step { !grant_locked -> grant_locked = true; holds_grant = true; decide() }
#endif
  :: d_step { FAULT -> roll_back(); forget() } goto end_idle
  fi;

decided:
#ifdef MUTANT_SIGN_BEFORE_COMMIT
  if
  :: d_step { decision == ROTATE || decision == REPEAT -> release(); if :: decision == ROTATE -> seen-- :: else fi }
  :: decision == REFUSE || decision == END_GRANT
  fi;
#endif
  if
#ifdef MUTANT_REPLAY_LOOKED_UP
  :: d_step { true -> claimed = true; write_and_commit() }
#else
  :: d_step { true -> write_and_commit() }
#endif
#ifdef MUTANT_IGNORES_COMMIT_FAILURE
  :: d_step { FAULT -> roll_back() }
#else
  :: d_step { FAULT -> roll_back(); forget() } goto end_idle
#endif
  fi;

  if
  :: d_step { decision == ROTATE || decision == REPEAT ->
#ifndef MUTANT_SIGN_BEFORE_COMMIT
       release();
#endif
       forget() }
  :: d_step { decision == END_GRANT || decision == REFUSE ->
       /* The presenter is answered: what its act had to do is done. */
       MUST(5, !spends_used || !live);
       GONE(s); forget() }
  :: d_step { FAULT -> printf("replica %d crashes after the commit, or the HSM fails, or the answer is lost\n", _pid); GONE(s); forget() }
  fi;

  goto end_idle
}

#if LIVENESS
/* Its last request is beyond hope or answered; or it is impatient. */
#define MAY_SEND (sent == 0 || req[sent - 1] == OVER || presented[sent - 1] < token || haste > 0)
#else
#if QUIET
#define SETTLED(q) (req[q] == UNSENT || presented[q] == token || answered[q] || old[q])
#if REQS != 4
#error "QUIET is written out for four requests"
#endif
#define MAY_SEND (SETTLED(0) && SETTLED(1) && SETTLED(2) && SETTLED(3))
#else
#define MAY_SEND true
#endif
#endif

active proctype Bot() {
  byte q = 0;

end_bot:
  do
  :: atomic { sent < REQS && token < MAXGEN && MAY_SEND ->
#if LIVENESS
       if
       :: sent == 0 || req[sent - 1] == OVER || presented[sent - 1] < token
       :: else -> haste--
       fi;
#endif
       presented[sent] = token;
#if LATE
       if
       :: challenge = generation      /* a new challenge */
       :: true                        /* the one it has; still good, says its window */
       fi;
       born[sent] = challenge;
#endif
       if
       :: revoke_acked -> late = late | (1 << sent)
       :: else
       fi;
#if THIEF == COPIED_PROOF
       proof[sent] = sent;
#endif
       printf("bot sends request %d with refresh token %d\n", sent, token);
       req[sent] = SENT;
       sent++ }
  :: atomic {
       PICK(q, IS_ANSWERED);
       token = answer[q];
       printf("bot stores refresh token %d from the answer to request %d\n", token, q);
       if
       :: token == MAXGEN -> REACHED(7)
       :: else
       fi;
#if QUIET
       answered[q] = true;
#endif
       answer[q] = 0;
#if !CARELESS
       /* Answers to the spent token are of no more interest. */
       d_step {
         q = 0;
         do
         :: q < REQS ->
            if
            :: answer[q] > 0 -> answer[q] = 0; GONE(q)
            :: else
            fi;
            q++
         :: else -> break
         od
       }
#endif
       q = 0 }
#if LIVENESS
  :: atomic {                                            /* a request is lost */
       PICK(q, IS_LOSABLE);
       faults--; req[q] = OVER; q = 0 }
#endif
  od
}

#if THEFTS
active proctype Thief() {
  byte thefts = 0;
  byte g = 0;
end_thief:
  do
#if THIEF == COPIED_PROOF
  :: atomic { thefts < THEFTS && sent > 0 ->
#else
  :: atomic { thefts < THEFTS ->
#endif
       g = 0;
       do
       :: g < released -> g++
       :: break
       od;
       presented[REQS + thefts] = g;
#if THIEF == COPIED_PROOF
       PICK(g, IS_COPIABLE);
       proof[REQS + thefts] = g;
#endif
       if
       :: revoke_acked -> late = late | (1 << (REQS + thefts))
       :: else
       fi;
       printf("thief sends request %d with refresh token %d\n", REQS + thefts, presented[REQS + thefts]);
       req[REQS + thefts] = SENT;
       thefts++;
       g = 0 }
  od
}
#endif

#if REVOKE
inline admin_unlocks() {
#if REVOKE >= 2
  client_exclusive = false;
#endif
#if REVOKE <= 2 && !defined(MUTANT_REVOKE_WITHOUT_LOCK)
  grant_locked = false;
#endif
  skip
}

active proctype Admin() {
#ifdef MUTANT_LOCK_ORDER
  atomic { !grant_locked -> grant_locked = true };
#endif
#if REVOKE >= 2
  atomic { client_shared == 0 && !client_exclusive -> client_exclusive = true };
#endif
#if REVOKE <= 2 && !defined(MUTANT_LOCK_ORDER) && !defined(MUTANT_REVOKE_WITHOUT_LOCK)
  atomic { !grant_locked -> grant_locked = true };
#endif
#ifdef MUTANT_ACKNOWLEDGED_BEFORE_COMMIT
  revoke_acked = true;
#endif
  if
  :: d_step {
       printf("admin: the act is committed\n");
       revoke_committed = true;
#if REVOKE <= 2
       live = false;
#endif
#if REVOKE >= 2
       client_active = false;
#endif
       admin_unlocks()
     }
  :: d_step { CRASHES -> admin_unlocks() } goto end_admin  /* nothing happened, nothing is acknowledged */
  fi;
  revoke_acked = true;
  printf("admin: the act is acknowledged\n");
end_admin:
  skip
}
#endif

#if TIME
active proctype Time() {
  byte p = 0;
end_time:
  do
  :: atomic {
       PICK(p, IS_AGEING);
       printf("the proof of request %d has become too old\n", p);
       old[p] = true; p = 0 }
  :: d_step {                                            /* the purge of replay marks */
       PICK(p, IS_PURGEABLE);
       printf("the replay mark of request %d is purged\n", p);
       mark[p] = FREE; p = 0 }
  od
}
#endif
