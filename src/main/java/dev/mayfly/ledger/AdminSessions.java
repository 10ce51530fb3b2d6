package dev.mayfly.ledger;

import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;

/// Where admins are signed in. Every request of an admin reads its session here, so that what is
/// ended is over on every replica at once. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class AdminSessions {
  /// A session's last use is written at most this often.
  private static final Duration NOTED_EVERY = Duration.ofSeconds(10);

  private final Registry registry;

  @Inject
  AdminSessions(Registry registry) {
    this.registry = registry;
  }

  /// A session of an active admin.
  public record Found(AdminSession session, Account account) {}

  /// What became of a proof.
  public sealed interface Outcome {
    record Believed(Account account) implements Outcome {}

    record Refused(String because) implements Outcome {}
  }

  /// Spends the proof and opens the session, or notes why not.
  public Uni<Outcome> open(AdminSession signedIn, AdminProof proof, AuditContext context) {
    return spend(
        signedIn.admin(),
        proof,
        context,
        (session, account) ->
            session
                .insert(AdminSessionRow.of(signedIn))
                .chain(
                    () ->
                        Registry.execute(
                            session,
                            "update admins set signed_in_at = :at where admin_id = :id",
                            Map.of("at", signedIn.createdAt(), "id", account.id())))
                .replaceWith(
                    new AdminEvent.SignedIn(
                        context, account.name(), proof.method(), signedIn.id().toString())));
  }

  /// Spends the proof; the session is fresh again.
  public Uni<Outcome> prove(AdminSession open, AdminProof proof, AuditContext context) {
    return spend(
        open.admin(),
        proof,
        context,
        (session, account) ->
            Registry.execute(
                    session,
                    "update admin_sessions set proved_at = :at where session_id = :id",
                    Map.of("at", context.at(), "id", open.id()))
                .replaceWith(
                    new AdminEvent.SteppedUp(
                        context, account.name(), proof.method(), open.id().toString())));
  }

  /// Spends the proof; the terminal that waits may have its session. Refused also when somebody
  /// else has decided meanwhile.
  public Uni<Outcome> confirm(
      TerminalLogin login, AdminSession by, AdminProof.ByPasskey proof, AuditContext context) {
    return spend(
        by.admin(),
        proof,
        context,
        (session, account) ->
            TerminalLogins.decide(
                    session, login.id(), TerminalLogin.State.CONFIRMED, account.id(), context.at())
                .map(
                    decided ->
                        decided
                            ? new AdminEvent.TerminalConfirmed(
                                context, account.name(), login.terminal(), login.address())
                            : new AdminEvent.SignInFailed(
                                context, account.name(), "terminal_decided", true)));
  }

  private interface Act {
    /// A failure that is found out so late is written as well, and refuses.
    Uni<AdminEvent> on(Mutiny.StatelessSession session, Account account);
  }

  private Uni<Outcome> spend(UUID admin, AdminProof proof, AuditContext context, Act act) {
    return registry.transaction(
        session ->
            AdminAccounts.find(session, admin, "for update")
                .chain(
                    account ->
                        account
                            .filter(Account::isActive)
                            .map(known -> spend(session, known, proof, context, act))
                            .orElseGet(
                                () ->
                                    refused(
                                        session,
                                        context,
                                        account.map(Account::name).orElse(""),
                                        "not_active",
                                        false))));
  }

  private Uni<Outcome> spend(
      Mutiny.StatelessSession session,
      Account account,
      AdminProof proof,
      AuditContext context,
      Act act) {
    return objection(session, account, proof, context.at())
        .chain(
            objection ->
                objection.isPresent()
                    ? refused(session, context, account.name(), objection.get(), true)
                    : act.on(session, account)
                        .chain(event -> outcome(session, account, proof, event)));
  }

  private Uni<Outcome> outcome(
      Mutiny.StatelessSession session, Account account, AdminProof proof, AdminEvent event) {
    if (event instanceof AdminEvent.SignInFailed failed) {
      return write(session, failed).replaceWith(new Outcome.Refused(failed.because()));
    }
    return write(session, event)
        .chain(() -> noteRecovery(session, account, proof, event.context()))
        .chain(() -> AdminAccounts.find(session, account.id(), ""))
        .map(now -> new Outcome.Believed(now.orElseThrow()));
  }

  /// What the tables have against it. A copy of something genuine is behind each of these.
  private static Uni<Optional<String>> objection(
      Mutiny.StatelessSession session, Account account, AdminProof proof, Instant now) {
    return switch (proof) {
      case AdminProof.ByPasskey passkey ->
          claim(session, passkey.challenge())
              .chain(
                  fresh ->
                      fresh
                          ? counted(session, account, passkey, now)
                              .map(found -> unless(found, "sign_count_regressed"))
                          : Uni.createFrom().item(Optional.of("challenge_replayed")));
      case AdminProof.ByTotp(long step) ->
          Registry.execute(
                  session,
                  "update admins set totp_step = :step where admin_id = :id and totp_step < :step",
                  Map.of("step", step, "id", account.id()))
              .map(found -> unless(found, "totp_replayed"));
      case AdminProof.ByRecoveryCode code ->
          Registry.execute(
                  session,
                  "update recovery_codes set used_at = :now where admin_id = :id and used_at is"
                      + " null and digest = any(string_to_array(:digests, ' '))",
                  Map.of(
                      "now", now, "id", account.id(), "digests", String.join(" ", code.digests())))
              .map(found -> unless(found, "recovery_code_wrong"));
      case AdminProof.ByTerminal(UUID login, String digest) ->
          Registry.execute(
                  session,
                  "delete from terminal_logins where login_id = :id and digest = :digest and state ="
                      + " 'confirmed' and admin_id = :admin and expires_at > :now",
                  Map.of("id", login, "digest", digest, "admin", account.id(), "now", now))
              .map(found -> unless(found, "terminal_spent"));
      case AdminProof.ByMachineKey(ReplayMark assertion) ->
          claim(session, assertion)
              .map(fresh -> fresh ? Optional.empty() : Optional.of("assertion_replayed"));
      case AdminProof.ByMachineCertificate _ -> Uni.createFrom().item(Optional.empty());
    };
  }

  private static Optional<String> unless(int found, String objection) {
    return found == 1 ? Optional.empty() : Optional.of(objection);
  }

  /// Many passkeys never count: theirs is nought for ever.
  private static Uni<Integer> counted(
      Mutiny.StatelessSession session, Account account, AdminProof.ByPasskey passkey, Instant now) {
    return Registry.execute(
        session,
        "update passkeys set sign_count = :count, last_used_at = :now where credential_id = :id and"
            + " admin_id = :admin and (sign_count < :count or (sign_count = 0 and :count = 0))",
        Map.of(
            "count", passkey.signCount(),
            "now", now,
            "id", passkey.credentialId(),
            "admin", account.id()));
  }

  private Uni<Void> noteRecovery(
      Mutiny.StatelessSession session, Account account, AdminProof proof, AuditContext context) {
    return proof instanceof AdminProof.ByRecoveryCode
        ? write(
            session,
            new AdminEvent.RecoveryCodeUsed(context, account.name(), account.recoveryCodes() - 1))
        : Uni.createFrom().voidItem();
  }

  private Uni<Outcome> refused(
      Mutiny.StatelessSession session,
      AuditContext context,
      String admin,
      String because,
      boolean suspicious) {
    return write(session, new AdminEvent.SignInFailed(context, admin, because, suspicious))
        .replaceWith(new Outcome.Refused(because));
  }

  private Uni<Void> write(Mutiny.StatelessSession session, AdminEvent event) {
    return registry.trail().write(session, new AuditEvent.OfAdmin(event));
  }

  /// A refusal that no row is needed for.
  public Uni<Void> refuse(AdminEvent.SignInFailed event) {
    return registry.transaction(session -> write(session, event));
  }

  /// Used at `now`, unless it is over, or has not been used since `idleSince`, or its admin is
  /// not active: then empty. `expires_at == now` is over.
  public Uni<Optional<Found>> use(UUID id, Instant now, Instant idleSince) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select "
                        + AdminSessionRow.COLUMNS
                        + " from admin_sessions where session_id = :id and expires_at > :now and"
                        + " last_used_at > :idle",
                    AdminSessionRow.class)
                .setParameter("id", id)
                .setParameter("now", now)
                .setParameter("idle", idleSince)
                .getSingleResultOrNull()
                .chain(
                    row ->
                        row == null
                            ? Uni.createFrom().item(Optional.empty())
                            : AdminAccounts.find(session, row.adminId, "")
                                .map(
                                    account ->
                                        account
                                            .filter(Account::isActive)
                                            .map(known -> new Found(row.session(), known)))));
  }

  /// Those of them that [#use] would still find.
  public Uni<Set<UUID>> open(Collection<UUID> ids, Instant now, Instant idleSince) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select cast(s.session_id as text) from admin_sessions as s join admins as a on"
                        + " a.admin_id = s.admin_id where s.session_id ="
                        + " any(cast(string_to_array(:ids, ' ') as uuid[])) and s.expires_at > :now"
                        + " and s.last_used_at > :idle and a.state = 'active'",
                    String.class)
                .setParameter(
                    "ids", ids.stream().map(UUID::toString).collect(Collectors.joining(" ")))
                .setParameter("now", now)
                .setParameter("idle", idleSince)
                .getResultList()
                .map(rows -> rows.stream().map(UUID::fromString).collect(Collectors.toSet())));
  }

  /// After the session's secret was seen.
  public Uni<Void> touch(AdminSession used, Instant now) {
    if (now.isBefore(used.lastUsedAt().plus(NOTED_EVERY))) {
      return Uni.createFrom().voidItem();
    }
    return registry.transaction(
        session ->
            Registry.execute(
                    session,
                    "update admin_sessions set last_used_at = greatest(last_used_at, :now) where"
                        + " session_id = :id",
                    Map.of("now", now, "id", used.id()))
                .replaceWithVoid());
  }

  public Uni<Void> end(UUID id, AdminEvent.SignedOut event) {
    return registry.transaction(
        session ->
            Registry.execute(
                    session, "delete from admin_sessions where session_id = :id", Map.of("id", id))
                .chain(ended -> ended == 0 ? none() : write(session, event)));
  }

  private static Uni<Void> none() {
    return Uni.createFrom().voidItem();
  }

  static Uni<Boolean> claim(Mutiny.StatelessSession session, ReplayMark mark) {
    return Registry.execute(
            session,
            "insert into replays (digest, expires_at) values (:digest, :expires) on conflict"
                + " (digest) do nothing",
            Map.of("digest", mark.digest(), "expires", mark.expiresAt()))
        .map(count -> count == 1);
  }
}
