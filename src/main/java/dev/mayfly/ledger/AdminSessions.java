package dev.mayfly.ledger;

import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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

  private interface Act {
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
                        .chain(event -> write(session, event))
                        .chain(() -> noteRecovery(session, account, proof, context))
                        .chain(() -> AdminAccounts.find(session, account.id(), ""))
                        .map(now -> new Outcome.Believed(now.orElseThrow())));
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
