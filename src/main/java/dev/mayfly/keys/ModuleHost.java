package dev.mayfly.keys;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// One PKCS#11 module of this process, with the tokens in its slots that are used. C_Finalize knows
/// no slots, so the module is the unit of recovery, though the token is the unit of service.
///
/// Whoever calls into the module holds the read half of a lock meanwhile; re-initialisation holds
/// the write half, since C_Finalize under a running call is undefined. It takes milliseconds, for
/// which the calls of the module's other tokens wait. It does not begin while any call hangs:
/// who waits for the write half stops those who want the read half.
final class ModuleHost {
  private static final Map<Path, ModuleHost> HOSTS = new HashMap<>();
  private static final long LONGEST_STOP = TimeUnit.MILLISECONDS.toNanos(250);

  private final ModuleClaim claim;
  private final Pkcs11Module module;
  private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();
  private final List<Member> members = new ArrayList<>(); // guarded by itself
  private volatile long generation;
  private boolean initialised; // guarded by the write half

  /// A token that is used through this module.
  interface Member {
    String tokenLabel();

    /// Whether its sessions are in use, so that they have to be made again.
    boolean isServing();

    /// Whether a call of its own has been in the module for so long.
    boolean hasCallFor(long nanos, long now);

    /// Its sessions are gone, since the module was re-initialised: makes new ones. By another
    /// member's thread, which owns that session; no call is in the module.
    void reconnect(Pkcs11Session session);

    /// The module could not be re-initialised.
    void lost(String because);
  }

  private ModuleHost(ModuleClaim claim, Pkcs11Module module) {
    this.claim = claim;
    this.module = module;
  }

  /// Loads the module unless it is loaded.
  /// Errors: [HsmUnavailableException] for a module that cannot be loaded, `IllegalStateException`
  /// for a token that is in use in this process.
  static ModuleHost join(Path path, Member member) {
    synchronized (HOSTS) {
      Path real = ModuleClaim.real(path);
      ModuleHost host = HOSTS.get(real);
      if (host == null) {
        ModuleClaim claim = ModuleClaim.of(real);
        try {
          host = new ModuleHost(claim, Pkcs11Module.load(real));
        } catch (HsmUnavailableException e) {
          claim.close();
          throw e;
        }
        HOSTS.put(real, host);
      }
      host.add(member);
      return host;
    }
  }

  private void add(Member member) {
    synchronized (members) {
      if (members.stream().anyMatch(other -> other.tokenLabel().equals(member.tokenLabel()))) {
        throw new IllegalStateException(
            "the token '%s' is in use in this process".formatted(member.tokenLabel()));
      }
      members.add(member);
    }
  }

  private List<Member> all() {
    synchronized (members) {
      return List.copyOf(members);
    }
  }

  private List<Member> servingBeside(Member member) {
    return all().stream()
        .filter(other -> !other.tokenLabel().equals(member.tokenLabel()))
        .filter(Member::isServing)
        .toList();
  }

  Pkcs11Module module() {
    return module;
  }

  /// Grows with each re-initialisation; sessions and handles are of one generation.
  long generation() {
    return generation;
  }

  /// Whether another token of the module serves, which a re-initialisation would disturb.
  boolean servesOthers(Member member) {
    return !servingBeside(member).isEmpty();
  }

  /// Whether a call, of any token, has been in the module for longer than a stop may take.
  boolean hasHungCall() {
    long now = System.nanoTime();
    return all().stream().anyMatch(member -> member.hasCallFor(LONGEST_STOP, now));
  }

  /// Waits while the module is re-initialised, for so long at most; says whether the caller is in.
  boolean enter(long nanos) {
    try {
      return calls.readLock().tryLock()
          || calls.readLock().tryLock(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void leave() {
    calls.readLock().unlock();
  }

  /// Finalises and initialises the module unless that has happened since the generation that was
  /// seen, and gives the other tokens that serve their sessions back. False while calls of others
  /// do not come out.
  boolean reinitialise(long seen, Member by, Pkcs11Session session) throws Pkcs11Exception {
    try {
      if (!calls.writeLock().tryLock(LONGEST_STOP, TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
    try {
      if (generation != seen) {
        return true;
      }
      List<Member> serving = servingBeside(by);
      finalise();
      try {
        initialise();
      } catch (Pkcs11Exception e) {
        serving.forEach(member -> member.lost(e.getMessage()));
        throw e;
      }
      generation = seen + 1;
      serving.forEach(member -> member.reconnect(session));
      return true;
    } finally {
      calls.writeLock().unlock();
    }
  }

  /// A module that somebody else has initialised is finalised and initialised again by the next
  /// attempt, as one that would not be finalised is.
  private void initialise() throws Pkcs11Exception {
    try {
      module.initialise();
      initialised = true;
    } catch (Pkcs11Exception e) {
      initialised = e.is(CkResult.CKR_CRYPTOKI_ALREADY_INITIALIZED);
      throw e;
    }
  }

  private void finalise() {
    if (!initialised) {
      return;
    }
    initialised = false;
    try {
      module.finalise();
    } catch (Pkcs11Exception _) {
      // The module is broken, which is why we are here. If it mattered, C_Initialize will tell.
    }
  }

  /// The last act of a member; that of the last one lets go of the module. While a call hangs, the
  /// module stays as it is and claimed.
  void part(Member member, List<Long> sessions) {
    calls.writeLock().lock();
    try {
      synchronized (HOSTS) {
        synchronized (members) {
          members.remove(member);
          if (members.isEmpty()) {
            finalise();
            HOSTS.values().remove(this);
            claim.close();
            return;
          }
        }
      }
      for (long session : sessions) {
        try {
          module.closeSession(session);
        } catch (Pkcs11Exception _) {
          // gone already
        }
      }
    } finally {
      calls.writeLock().unlock();
    }
  }
}
