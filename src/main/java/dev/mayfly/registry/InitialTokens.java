package dev.mayfly.registry;

import dev.mayfly.audit.AuditContext;
import dev.mayfly.audit.AuditEvent;
import dev.mayfly.ledger.IfMatch;
import dev.mayfly.ledger.InitialAccessTokens;
import dev.mayfly.ledger.InitialAccessTokens.Token;
import dev.mayfly.ledger.RegisteredClients;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.RegistrationLimits;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The two tokens of the registration endpoint: made here, told once, kept as keyed hashes.
@ApplicationScoped
public class InitialTokens {
  private final InitialAccessTokens tokens;
  private final RegisteredClients clients;
  private final SecretHasher hasher;

  @Inject
  InitialTokens(InitialAccessTokens tokens, RegisteredClients clients, SecretHasher hasher) {
    this.tokens = tokens;
    this.clients = clients;
    this.hasher = hasher;
  }

  /// `text` is for the one answer that tells it.
  public record Made(Token token, String text) {
    @Override
    public String toString() {
      return "Made[%s, redacted]".formatted(token.id());
    }
  }

  public Uni<Made> make(
      RealmName realm,
      RegistrationLimits limits,
      int uses,
      Duration lifetime,
      AuditContext context,
      String by,
      String reason) {
    String text = SecretHasher.generate(SecretHasher.Kind.INITIAL_ACCESS_TOKEN);
    Instant now = context.at();
    Token token =
        new Token(
            UUID.randomUUID(), realm, limits.toJson(), uses, by, reason, now, now.plus(lifetime));
    return hasher
        .initialDigest(realm, text)
        .chain(
            kept ->
                tokens.add(
                    token,
                    kept,
                    new AuditEvent.InitialAccessTokenIssued(
                        context, token.id(), by, reason, uses, token.policy(), token.expiresAt())))
        .replaceWith(new Made(token, text));
  }

  public Uni<List<Token>> all(RealmName realm) {
    return tokens.all(realm);
  }

  public Uni<Boolean> revoke(
      RealmName realm, UUID token, IfMatch seen, AuditContext context, String by, String reason) {
    return tokens.revoke(
        realm, token, seen, new AuditEvent.InitialAccessTokenRevoked(context, token, by, reason));
  }

  /// The initial access token that this is; empty for any other text, and for one whose time or
  /// uses are over.
  public Uni<Optional<Token>> initial(RealmName realm, String presented, Instant now) {
    return hasher
        .initialDigests(realm, presented)
        .chain(digests -> tokens.find(realm, digests))
        .map(found -> found.filter(token -> token.isGoodAt(now)));
  }

  /// Whether this is the registration access token of the client.
  public Uni<Boolean> manages(RealmName realm, ClientId client, String presented) {
    return clients
        .token(realm, client)
        .chain(
            kept ->
                kept.isEmpty()
                    ? Uni.createFrom().item(false)
                    : hasher.isOf(
                        kept.get(),
                        SecretHasher.Kind.REGISTRATION_ACCESS_TOKEN,
                        realm,
                        client,
                        presented));
  }
}
