package dev.mayfly.ledger;

import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/// Terminals that wait until an admin confirms them. That an admin has confirmed is written by
/// [AdminSessions#confirm], together with the proof; a session takes the row with it. Failures
/// are [LedgerUnavailableException].
@ApplicationScoped
public class TerminalLogins {
  /// Everybody may begin one, so there is an end to how many are kept. Far more than there are
  /// admins; whoever uses them all up leaves the authenticator app as the terminal's way in.
  static final int MOST = 1_000;

  private final Registry registry;

  @Inject
  TerminalLogins(Registry registry) {
    this.registry = registry;
  }

  /// False where too many wait, or one of them has this code.
  public Uni<Boolean> begin(TerminalLogin login) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "insert into terminal_logins (login_id, user_code, digest, mac_kid, terminal,"
                        + " address, created_at, expires_at, polled_at) select cast(:id as uuid),"
                        + " :code, :digest, :kid, :terminal, :address, cast(:created as"
                        + " timestamptz), cast(:expires as timestamptz), cast(:created as"
                        + " timestamptz) where (select count(*) from terminal_logins where"
                        + " expires_at > :created) < :most on conflict (user_code) do nothing",
                    Map.of(
                        "id", login.id(),
                        "code", login.userCode(),
                        "digest", login.kept().digest(),
                        "kid", login.kept().macKid(),
                        "terminal", login.terminal(),
                        "address", login.address(),
                        "created", login.createdAt(),
                        "expires", login.expiresAt(),
                        "most", MOST))
                .map(added -> added == 1));
  }

  /// `expires_at == now` is over.
  public Uni<Optional<TerminalLogin>> find(UUID id, Instant now) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select "
                        + TerminalLoginRow.COLUMNS
                        + " from terminal_logins where login_id = :id and expires_at > :now",
                    TerminalLoginRow.class)
                .setParameter("id", id)
                .setParameter("now", now)
                .getSingleResultOrNull()
                .map(row -> Optional.ofNullable(row).map(TerminalLoginRow::login)));
  }

  /// One on which nobody has decided yet.
  public Uni<Optional<TerminalLogin>> waiting(String userCode, Instant now) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select "
                        + TerminalLoginRow.COLUMNS
                        + " from terminal_logins where user_code = :code and state = 'waiting' and"
                        + " expires_at > :now",
                    TerminalLoginRow.class)
                .setParameter("code", userCode)
                .setParameter("now", now)
                .getSingleResultOrNull()
                .map(row -> Optional.ofNullable(row).map(TerminalLoginRow::login)));
  }

  /// False when it asked after `since` already.
  public Uni<Boolean> poll(UUID id, Instant now, Instant since) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update terminal_logins set polled_at = :now where login_id = :id and polled_at"
                        + " <= :since",
                    Map.of("id", id, "now", now, "since", since))
                .map(count -> count == 1));
  }

  /// False when somebody has decided already, or it is over.
  public Uni<Boolean> refuse(UUID id, UUID admin, AdminEvent.TerminalRefused event) {
    return registry.transaction(
        session ->
            decide(session, id, TerminalLogin.State.REFUSED, admin, event.context().at())
                .call(
                    refused ->
                        refused
                            ? registry.trail().write(session, new AuditEvent.OfAdmin(event))
                            : Uni.createFrom().voidItem()));
  }

  static Uni<Boolean> decide(
      Mutiny.StatelessSession session,
      UUID id,
      TerminalLogin.State decision,
      UUID admin,
      Instant now) {
    return Registry.execute(
            session,
            "update terminal_logins set state = :state, admin_id = :admin, decided_at = :now where"
                + " login_id = :id and state = 'waiting' and expires_at > :now",
            Map.of("state", decision.word(), "admin", admin, "now", now, "id", id))
        .map(count -> count == 1);
  }
}
