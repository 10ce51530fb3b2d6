package dev.mayfly.identity;

import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminProof;
import dev.mayfly.ledger.AdminSession;
import java.time.Instant;
import java.util.Optional;

/// Who asks, once that is proved.
public sealed interface Admin {
  /// As audit rows name the admin.
  String name();

  Roles roles();

  /// Whether the proof is fresh enough for an act that destroys something.
  boolean isFresh(Instant now);

  /// Whoever has this session.
  static Admin of(AdminSession session, Account account) {
    return account
        .machine()
        .<Admin>map(machine -> new Machine(session, account, machine))
        .orElseGet(() -> new InSession(session, account));
  }

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

  /// A program with a key of its own. It has no second factor to show again: what asks people for
  /// one it may do only where it was given that very act.
  record Machine(AdminSession session, Account account, Account.Machine machine) implements Admin {
    @Override
    public String name() {
      return account.name();
    }

    @Override
    public Roles roles() {
      return Roles.parse(account.roles());
    }

    @Override
    public boolean isFresh(Instant now) {
      return false;
    }

    /// `act`: as it stands in [Account.Machine#may]. `destroys`: a person would have to confirm it.
    public boolean mayDo(String act, boolean destroys) {
      return machine.may().isEmpty() ? !destroys : machine.may().contains(act);
    }

    /// The certificate that has to be there with each request, where one opened the session: the
    /// token alone is worth nothing then.
    public Optional<String> boundTo() {
      return session.method().equals(AdminProof.MACHINE_CERTIFICATE)
          ? Optional.of(machine.certificate().orElse(""))
          : Optional.empty();
    }
  }
}
