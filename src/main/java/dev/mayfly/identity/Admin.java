package dev.mayfly.identity;

import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminSession;
import java.time.Instant;

/// Who asks, once that is proved.
public sealed interface Admin {
  /// As audit rows name the admin.
  String name();

  Roles roles();

  /// Whether the proof is fresh enough for an act that destroys something.
  boolean isFresh(Instant now);

  /// The owner of the machine: the key in the home folder signed the request, and the management
  /// port was reached. Root, without a second factor: whoever can read that file can read the
  /// database and the HSM's PIN beside it.
  record Local(String name) implements Admin {
    @Override
    public Roles roles() {
      return Roles.everywhere(Role.ROOT);
    }

    @Override
    public boolean isFresh(Instant now) {
      return true;
    }
  }

  /// Signed in, with two factors. `provedAt` of the session: the last time both were shown.
  record InSession(AdminSession session, Account account) implements Admin {
    @Override
    public String name() {
      return account.name();
    }

    /// A recovery code lets its holder find new authenticators, and nothing else.
    @Override
    public Roles roles() {
      return isRecovering() ? Roles.NONE : Roles.parse(account.roles());
    }

    public boolean isRecovering() {
      return session.method().equals("recovery_code");
    }

    @Override
    public boolean isFresh(Instant now) {
      return !now.isAfter(freshUntil());
    }

    public Instant freshUntil() {
      return session.provedAt().plus(SessionLife.FRESH);
    }
  }
}
