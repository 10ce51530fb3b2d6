package dev.mayfly.ledger;

import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.Account.Hash;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/// By what admins prove who they are: added and taken away with the admin's row held, each time
/// with its audit row. Failures are [LedgerUnavailableException].
@ApplicationScoped
public class AdminCredentials {
  /// The realm that sealed rows of no realm name.
  public static final String SEALED_FOR = "mayfly";

  /// The name of a sealed TOTP secret; its owner is the admin's id.
  public static final String TOTP = "totp";

  private final Registry registry;

  @Inject
  AdminCredentials(Registry registry) {
    this.registry = registry;
  }

  /// What is shown once: kept as hashes.
  public record Shown(Hash loginSecret, List<Hash> recoveryCodes) {
    public Shown {
      recoveryCodes = List.copyOf(recoveryCodes);
    }
  }

  /// The link is used up, whatever the admin had before is gone, and the admin is active and
  /// signed in. `challenge`: what the passkey's making answered.
  public Uni<AdminChange> accept(
      AdminInvitation invitation,
      ReplayMark challenge,
      Account.Passkey passkey,
      Shown shown,
      AdminSession signedIn,
      List<AdminEvent> events) {
    return registry.transaction(
        session ->
            AdminAccounts.find(session, invitation.admin(), "for update")
                .chain(
                    account ->
                        AdminSessions.claim(session, challenge)
                            .chain(
                                fresh ->
                                    fresh
                                        ? useUp(session, invitation, signedIn.createdAt())
                                        : Uni.createFrom().item(false))
                            .chain(
                                valid ->
                                    valid && account.filter(AdminCredentials::mayBegin).isPresent()
                                        ? begin(
                                            session,
                                            account.get(),
                                            passkey,
                                            shown,
                                            signedIn,
                                            events)
                                        : refused(
                                            "the link was used, has expired, or another took its"
                                                + " place"))));
  }

  private static boolean mayBegin(Account account) {
    return account.isActive() || account.state() == Account.State.INVITED;
  }

  private static Uni<Boolean> useUp(
      Mutiny.StatelessSession session, AdminInvitation invitation, Instant now) {
    return Registry.execute(
            session,
            "delete from admin_invitations where invitation_id = :id and digest = :digest and"
                + " expires_at > :now",
            Map.of("id", invitation.id(), "digest", invitation.kept().digest(), "now", now))
        .map(count -> count == 1);
  }

  private Uni<AdminChange> begin(
      Mutiny.StatelessSession session,
      Account account,
      Account.Passkey passkey,
      Shown shown,
      AdminSession signedIn,
      List<AdminEvent> events) {
    UUID id = account.id();
    return signOutEverywhere(session, id)
        .chain(() -> forgetAll(session, id))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "update admins set state = 'active', signed_in_at = :at where admin_id = :id",
                    Map.of("id", id, "at", signedIn.createdAt())))
        .chain(() -> show(session, id, shown))
        .chain(() -> insert(session, id, passkey))
        .chain(() -> session.insert(AdminSessionRow.of(signedIn)))
        .chain(() -> done(session, id, events));
  }

  public Uni<AdminChange> addPasskey(
      UUID admin, ReplayMark challenge, Account.Passkey passkey, AdminEvent event) {
    return change(
        admin,
        (session, _) ->
            AdminSessions.claim(session, challenge)
                .chain(
                    fresh ->
                        fresh
                            ? insert(session, admin, passkey)
                                .chain(() -> done(session, admin, List.of(event)))
                            : refused("this challenge was answered before")));
  }

  /// An id that somebody has already fails the transaction: ids are of 16 random bytes at least.
  private static Uni<Void> insert(
      Mutiny.StatelessSession session, UUID admin, Account.Passkey passkey) {
    return session.insert(PasskeyRow.of(admin, passkey));
  }

  /// The only authenticator stays: without one the account is somebody's who cannot be asked.
  public Uni<AdminChange> removePasskey(
      UUID admin, IfMatch seen, String credentialId, Function<Account.Passkey, AdminEvent> event) {
    return change(
        admin,
        seen,
        (session, account) ->
            account.passkeys().stream()
                .filter(passkey -> passkey.credentialId().equals(credentialId))
                .findFirst()
                .map(
                    passkey ->
                        account.authenticators() < 2
                            ? refused("it is the admin's only authenticator")
                            : Registry.execute(
                                    session,
                                    "delete from passkeys where credential_id = :id",
                                    Map.of("id", credentialId))
                                .chain(() -> done(session, admin, List.of(event.apply(passkey)))))
                .orElseGet(() -> refused("there is no such passkey")));
  }

  /// `step`: the time step of the code that showed that the secret arrived; it is spent.
  public Uni<AdminChange> setTotp(
      UUID admin, Registration.Sealed secret, long step, ReplayMark challenge, AdminEvent event) {
    Instant now = event.context().at();
    return change(
        admin,
        (session, _) ->
            AdminSessions.claim(session, challenge)
                .chain(
                    fresh ->
                        fresh
                            ? forgetTotp(session, admin)
                                .chain(() -> session.insert(SealedSecretRow.of(secret, now)))
                                .chain(
                                    () ->
                                        Registry.execute(
                                            session,
                                            "update admins set totp_since = :at, totp_step = :step"
                                                + " where admin_id = :id",
                                            Map.of("at", now, "step", step, "id", admin)))
                                .chain(() -> done(session, admin, List.of(event)))
                            : refused("this secret was offered for another time")));
  }

  public Uni<AdminChange> removeTotp(UUID admin, IfMatch seen, AdminEvent event) {
    return change(
        admin,
        seen,
        (session, account) -> {
          if (account.totpSince().isEmpty()) {
            return refused("there is no TOTP");
          }
          return account.authenticators() < 2
              ? refused("it is the admin's only authenticator")
              : forgetTotp(session, admin).chain(() -> done(session, admin, List.of(event)));
        });
  }

  /// A new login secret and new recovery codes; those before count no more.
  public Uni<AdminChange> replaceShown(UUID admin, Shown shown, AdminEvent event) {
    return change(
        admin,
        (session, _) ->
            show(session, admin, shown).chain(() -> done(session, admin, List.of(event))));
  }

  /// The sealed TOTP secret of an admin.
  public Uni<Optional<Registration.Sealed>> totp(UUID admin) {
    return registry.transaction(
        session ->
            session
                .createNativeQuery(
                    "select "
                        + SealedSecretRow.COLUMNS
                        + " from sealed_secrets where realm = :realm and owner = :owner and name"
                        + " = :name",
                    SealedSecretRow.class)
                .setParameter("realm", SEALED_FOR)
                .setParameter("owner", admin.toString())
                .setParameter("name", TOTP)
                .getSingleResultOrNull()
                .map(row -> Optional.ofNullable(row).map(SealedSecretRow::sealed)));
  }

  private static Uni<Void> show(Mutiny.StatelessSession session, UUID admin, Shown shown) {
    Uni<Void> all =
        Registry.execute(
                session,
                "update admins set login_digest = :digest, login_kid = :kid where admin_id = :id",
                Map.of(
                    "digest", shown.loginSecret().digest(),
                    "kid", shown.loginSecret().macKid(),
                    "id", admin))
            .chain(
                () ->
                    Registry.execute(
                        session,
                        "delete from recovery_codes where admin_id = :id",
                        Map.of("id", admin)))
            .replaceWithVoid();
    for (Hash code : shown.recoveryCodes()) {
      all =
          all.chain(
              () ->
                  Registry.execute(
                          session,
                          "insert into recovery_codes (admin_id, digest, mac_kid) values (:id,"
                              + " :digest, :kid)",
                          Map.of("id", admin, "digest", code.digest(), "kid", code.macKid()))
                      .replaceWithVoid());
    }
    return all;
  }

  private Uni<AdminChange> change(
      UUID admin,
      java.util.function.BiFunction<Mutiny.StatelessSession, Account, Uni<AdminChange>> act) {
    return change(admin, IfMatch.ANY, act);
  }

  private Uni<AdminChange> change(
      UUID admin,
      IfMatch seen,
      java.util.function.BiFunction<Mutiny.StatelessSession, Account, Uni<AdminChange>> act) {
    return registry.transaction(
        session ->
            AdminAccounts.find(session, admin, "for update")
                .chain(
                    account ->
                        account
                            .filter(Account::isActive)
                            .map(
                                known ->
                                    seen.holds(EntityTag.of(known))
                                        ? act.apply(session, known)
                                        : Uni.createFrom()
                                            .<AdminChange>item(new AdminChange.Stale()))
                            .orElseGet(
                                () -> Uni.createFrom().item(new AdminChange.NoSuchAdmin()))));
  }

  private Uni<AdminChange> done(
      Mutiny.StatelessSession session, UUID admin, List<AdminEvent> events) {
    Uni<Void> all = Uni.createFrom().voidItem();
    for (AdminEvent event : events) {
      all = all.chain(() -> registry.trail().write(session, new AuditEvent.OfAdmin(event)));
    }
    return all.chain(() -> AdminAccounts.find(session, admin, ""))
        .map(account -> new AdminChange.Done(account.orElseThrow()));
  }

  private static Uni<AdminChange> refused(String because) {
    return Uni.createFrom().item(new AdminChange.Refused(because));
  }

  static Uni<Void> signOutEverywhere(Mutiny.StatelessSession session, UUID admin) {
    return Registry.execute(
            session, "delete from admin_sessions where admin_id = :id", Map.of("id", admin))
        .replaceWithVoid();
  }

  /// Everything by which the admin could sign in.
  static Uni<Void> forgetAll(Mutiny.StatelessSession session, UUID admin) {
    Map<String, Object> id = Map.of("id", admin);
    return Registry.execute(session, "delete from passkeys where admin_id = :id", id)
        .chain(
            () -> Registry.execute(session, "delete from recovery_codes where admin_id = :id", id))
        .chain(
            () ->
                Registry.execute(session, "delete from admin_invitations where admin_id = :id", id))
        .chain(() -> forgetTotp(session, admin))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "update admins set login_digest = null, login_kid = null, machine_jwks = null,"
                        + " machine_x5t = null where admin_id = :id",
                    id))
        .replaceWithVoid();
  }

  private static Uni<Void> forgetTotp(Mutiny.StatelessSession session, UUID admin) {
    return Registry.execute(
            session,
            "delete from sealed_secrets where realm = :realm and owner = :owner and name = :name",
            Map.of("realm", SEALED_FOR, "owner", admin.toString(), "name", TOTP))
        .chain(
            () ->
                Registry.execute(
                    session,
                    "update admins set totp_since = null, totp_step = null where admin_id = :id",
                    Map.of("id", admin)))
        .replaceWithVoid();
  }
}
