package dev.mayfly.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.identity.Challenges.Asked;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminAccounts;
import dev.mayfly.ledger.AdminChange;
import dev.mayfly.ledger.AdminCredentials;
import dev.mayfly.ledger.AdminInvitation;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.ledger.StaleException;
import dev.mayfly.registry.RegistrySettings;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/// One-time links: whoever opens one registers a passkey and is the admin it names. The secret is
/// in the link's fragment, which browsers send to nobody and write into no log.
@ApplicationScoped
public class Invitations {
  private static final String PREFIX = "mi_";
  private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
  private static final int SECRET = 32;

  private final AdminAccounts accounts;
  private final AdminCredentials credentials;
  private final AdminSecrets secrets;
  private final Challenges challenges;
  private final Enrolment enrolment;
  private final Sessions cookies;
  private final Passkeys passkeys;
  private final String base;

  @Inject
  Invitations(
      AdminAccounts accounts,
      AdminCredentials credentials,
      AdminSecrets secrets,
      Challenges challenges,
      Enrolment enrolment,
      Sessions cookies,
      RegistrySettings settings) {
    this.accounts = accounts;
    this.credentials = credentials;
    this.secrets = secrets;
    this.challenges = challenges;
    this.enrolment = enrolment;
    this.cookies = cookies;
    this.base = settings.baseUrl();
    this.passkeys = new Passkeys(base);
  }

  /// What became of making a link.
  public sealed interface Made {
    /// `link` is a secret.
    record Link(String link, Instant expiresAt) implements Made {
      @Override
      public String toString() {
        return "Link[redacted]";
      }
    }

    record NoSuchAdmin() implements Made {}

    record Refused(String because) implements Made {}
  }

  /// A name that can stand in an audit row, a path and a passkey.
  public static boolean isName(String name) {
    return name.matches(NAME);
  }

  public Uni<Made> invite(
      String name, Roles roles, String by, String reason, AuditContext context) {
    UUID admin = UUID.randomUUID();
    return make(
        context.at(),
        invitation ->
            accounts.invite(
                admin,
                roles.text(),
                invitation,
                new AdminEvent.Invited(
                    context, name, roles.text(), by, reason, invitation.expiresAt())));
  }

  /// For an admin that is there, who has lost everything, or the first link.
  public Uni<Made> inviteAgain(String name, String by, String reason, AuditContext context) {
    return inviteAgain(name, IfMatch.ANY, by, reason, context);
  }

  /// `seen`: of the admin. Errors: [StaleException].
  public Uni<Made> inviteAgain(
      String name, IfMatch seen, String by, String reason, AuditContext context) {
    return make(
        context.at(),
        invitation ->
            accounts.inviteAgain(
                name,
                seen,
                invitation,
                account ->
                    new AdminEvent.Invited(
                        context, name, account.roles(), by, reason, invitation.expiresAt())));
  }

  private Uni<Made> make(Instant now, Function<AdminInvitation, Uni<AdminChange>> keep) {
    UUID id = UUID.randomUUID();
    byte[] secret = AdminSecrets.random(SECRET);
    Instant end = now.plus(SessionLife.INVITATION);
    return secrets
        .hash(AdminSecrets.Use.INVITATION, id, AdminSecrets.encode(secret))
        .chain(kept -> keep.apply(new AdminInvitation(id, id, kept, now, end)))
        .map(
            change ->
                switch (change) {
                  case AdminChange.Done _ ->
                      new Made.Link(base + "/admin/welcome#" + text(id, secret), end);
                  case AdminChange.NoSuchAdmin _ -> new Made.NoSuchAdmin();
                  case AdminChange.Stale _ -> throw new StaleException();
                  case AdminChange.Refused(String because) -> new Made.Refused(because);
                });
  }

  private static String text(UUID id, byte[] secret) {
    return PREFIX
        + AdminSecrets.encode(
            ByteBuffer.allocate(Passkeys.handle(id).length + SECRET)
                .put(Passkeys.handle(id))
                .put(secret)
                .array());
  }

  /// An invitation that still counts, and whom it is for.
  private record Known(AdminInvitation invitation, Account account) {}

  private Uni<Optional<Known>> known(String text, Instant now) {
    byte[] bytes;
    try {
      bytes =
          text.startsWith(PREFIX)
              ? Base64.getUrlDecoder().decode(text.substring(PREFIX.length()))
              : new byte[0];
    } catch (IllegalArgumentException notOurs) {
      return nobody();
    }
    if (bytes.length != 2 * Long.BYTES + SECRET) {
      return nobody();
    }
    ByteBuffer parts = ByteBuffer.wrap(bytes);
    UUID id = new UUID(parts.getLong(), parts.getLong());
    byte[] secret = new byte[SECRET];
    parts.get(secret);
    return accounts
        .invitation(id)
        .chain(
            found ->
                found
                    .filter(invitation -> now.isBefore(invitation.expiresAt()))
                    .map(invitation -> known(invitation, AdminSecrets.encode(secret)))
                    .orElseGet(Invitations::nobody));
  }

  private Uni<Optional<Known>> known(AdminInvitation invitation, String secret) {
    return secrets
        .matches(invitation.kept(), AdminSecrets.Use.INVITATION, invitation.id(), secret)
        .chain(
            right ->
                right
                    ? accounts
                        .find(invitation.admin())
                        .map(account -> account.map(known -> new Known(invitation, known)))
                    : nobody());
  }

  private static <T> Uni<Optional<T>> nobody() {
    return Uni.createFrom().item(Optional.empty());
  }

  /// What the browser needs to make a passkey; empty when the link does not count.
  public Uni<Optional<ObjectNode>> options(Visit visit, String text) {
    return known(text, visit.context().at())
        .chain(
            known ->
                known
                    .map(
                        one ->
                            challenges
                                .ask(asked(one, visit), visit.context().at())
                                .map(
                                    challenge ->
                                        Optional.of(
                                            // Whoever comes back may use the same device again.
                                            passkeys.creation(
                                                challenge, forgotten(one.account())))))
                    .orElseGet(Invitations::nobody));
  }

  private static Account forgotten(Account account) {
    return new Account(
        account.id(),
        account.name(),
        account.state(),
        account.roles(),
        account.createdAt(),
        account.createdBy(),
        account.signedInAt(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        0,
        account.machine());
  }

  private static Asked asked(Known known, Visit visit) {
    return new Asked(Asked.Use.NEW_PASSKEY, known.invitation().id().toString(), visit.browser());
  }

  /// What became of using a link.
  public sealed interface Accepted {
    record Done(SignedIn signedIn, Told told) implements Accepted {}

    record Refused(String because) implements Accepted {}
  }

  public Uni<Accepted> accept(Visit visit, String text, JsonNode credential, String name) {
    return known(text, visit.context().at())
        .chain(
            known ->
                known
                    .map(one -> accept(visit, one, credential, name))
                    .orElseGet(
                        () ->
                            refused("the link was used, has expired, or another took its place")));
  }

  private Uni<Accepted> accept(Visit visit, Known known, JsonNode credential, String name) {
    return enrolment
        .answered(credential, asked(known, visit), name, visit.context())
        .chain(
            answer ->
                answer
                    .map(one -> accept(visit, known, one))
                    .orElseGet(() -> refused("the authenticator's answer cannot be accepted")));
  }

  private Uni<Accepted> accept(Visit visit, Known known, Enrolment.Answered answer) {
    AuditContext context = visit.context();
    String name = known.account().name();
    return enrolment
        .make(known.account())
        .chain(
            made ->
                cookies
                    .prepare(known.account().id(), "passkey", context)
                    .chain(
                        fresh ->
                            credentials
                                .accept(
                                    known.invitation(),
                                    answer.trace(),
                                    answer.passkey(),
                                    made.shown(),
                                    fresh.session(),
                                    List.of(
                                        new AdminEvent.AuthenticatorAdded(
                                            context, name, "passkey", answer.passkey().name()),
                                        new AdminEvent.RecoveryCodesMade(context, name),
                                        new AdminEvent.SignedIn(
                                            context,
                                            name,
                                            "passkey",
                                            fresh.session().id().toString())))
                                .map(
                                    change ->
                                        switch (change) {
                                          case AdminChange.Done(Account account) ->
                                              new Accepted.Done(fresh.of(account), made.told());
                                          case AdminChange.NoSuchAdmin _ ->
                                              new Accepted.Refused("there is no such admin");
                                          case AdminChange.Stale _ ->
                                              new Accepted.Refused("you were changed meanwhile");
                                          case AdminChange.Refused(String because) ->
                                              new Accepted.Refused(because);
                                        })));
  }

  private static Uni<Accepted> refused(String because) {
    return Uni.createFrom().item(new Accepted.Refused(because));
  }
}
