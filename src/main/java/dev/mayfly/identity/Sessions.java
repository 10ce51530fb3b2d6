package dev.mayfly.identity;

import dev.mayfly.audit.AdminEvent;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.ledger.Account;
import dev.mayfly.ledger.AdminProof;
import dev.mayfly.ledger.AdminSession;
import dev.mayfly.ledger.AdminSessions;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The cookie of a session: its id, which is no secret, and 256 random bits, of which only a
/// keyed hash is kept. Each request reads the row, so that a session that was ended is over on
/// every replica.
@ApplicationScoped
public class Sessions {
  private static final int ID = 16;
  private static final int SECRET = 32;

  private final AdminSessions sessions;
  private final AdminSecrets secrets;

  @Inject
  Sessions(AdminSessions sessions, AdminSecrets secrets) {
    this.sessions = sessions;
    this.secrets = secrets;
  }

  /// A session that is not open yet, and its cookie.
  record Fresh(AdminSession session, String cookie) {
    SignedIn of(Account account) {
      return new SignedIn(Admin.of(session, account), cookie, csrf(cookie));
    }

    @Override
    public String toString() {
      return "Fresh[" + session.id() + "]";
    }
  }

  Uni<Fresh> prepare(UUID admin, String method, AuditContext context) {
    return prepare(admin, method, context, context.at(), SessionLife.WHOLE);
  }

  /// `provedAt`: when the admin showed the second factor; `life`: how long it lasts at most.
  Uni<Fresh> prepare(
      UUID admin, String method, AuditContext context, Instant provedAt, Duration life) {
    UUID id = UUID.randomUUID();
    byte[] secret = AdminSecrets.random(SECRET);
    Instant now = context.at();
    return secrets
        .hash(AdminSecrets.Use.SESSION, id, AdminSecrets.encode(secret))
        .map(
            kept ->
                new Fresh(
                    new AdminSession(
                        id,
                        admin,
                        kept,
                        method,
                        context.address(),
                        now,
                        now,
                        provedAt,
                        now.plus(life)),
                    AdminSecrets.encode(
                        ByteBuffer.allocate(ID + SECRET)
                            .putLong(id.getMostSignificantBits())
                            .putLong(id.getLeastSignificantBits())
                            .put(secret)
                            .array())));
  }

  /// Spends the proof and opens the session; empty when the proof did not count, which is written.
  Uni<Optional<SignedIn>> open(UUID admin, AdminProof proof, AuditContext context) {
    return open(admin, proof, context, context.at(), SessionLife.WHOLE);
  }

  /// `provedAt`, `life`: as of [#prepare].
  Uni<Optional<SignedIn>> open(
      UUID admin, AdminProof proof, AuditContext context, Instant provedAt, Duration life) {
    return prepare(admin, proof.method(), context, provedAt, life)
        .chain(
            fresh ->
                sessions
                    .open(fresh.session(), proof, context)
                    .map(
                        outcome ->
                            switch (outcome) {
                              case AdminSessions.Outcome.Believed(Account account) ->
                                  Optional.of(fresh.of(account));
                              case AdminSessions.Outcome.Refused _ -> Optional.empty();
                            }));
  }

  /// Whose cookie this is; empty when nobody's any more.
  public Uni<Optional<SignedIn>> enter(String cookie, Instant now) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(cookie);
    } catch (IllegalArgumentException notOurs) {
      return Uni.createFrom().item(Optional.empty());
    }
    if (bytes.length != ID + SECRET) {
      return Uni.createFrom().item(Optional.empty());
    }
    ByteBuffer parts = ByteBuffer.wrap(bytes);
    UUID id = new UUID(parts.getLong(), parts.getLong());
    byte[] secret = new byte[SECRET];
    parts.get(secret);
    return sessions
        .use(id, now, now.minus(SessionLife.IDLE))
        .chain(
            found ->
                found
                    .map(known -> enter(known, AdminSecrets.encode(secret), cookie, now))
                    .orElseGet(() -> Uni.createFrom().item(Optional.empty())));
  }

  private Uni<Optional<SignedIn>> enter(
      AdminSessions.Found found, String secret, String cookie, Instant now) {
    AdminSession session = found.session();
    return secrets
        .matches(session.kept(), AdminSecrets.Use.SESSION, session.id(), secret)
        .chain(
            right ->
                right
                    ? sessions
                        .touch(session, now)
                        .replaceWith(
                            Optional.of(
                                new SignedIn(
                                    Admin.of(session, found.account()), cookie, csrf(cookie))))
                    : Uni.createFrom().item(Optional.empty()));
  }

  public Uni<Void> end(Admin.InSession admin, AuditContext context) {
    UUID id = admin.session().id();
    return sessions.end(id, new AdminEvent.SignedOut(context, admin.name(), id.toString()));
  }

  /// Follows from the cookie, which a page of somebody else can have sent and cannot read.
  public static String csrf(String cookie) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(
          new SecretKeySpec(
              cookie.getBytes(java.nio.charset.StandardCharsets.US_ASCII), "HmacSHA256"));
      return AdminSecrets.encode(
          mac.doFinal("mayfly/csrf/v1".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HMAC-SHA-256", e);
    }
  }
}
