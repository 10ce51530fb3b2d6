package dev.mayfly.token;

import dev.mayfly.oauth.GrantId;
import dev.mayfly.registry.SecretHasher;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;

/// Knows our refresh tokens again, for revocation and introspection.
@ApplicationScoped
public class RefreshTokens {
  private final SecretHasher hasher;

  @Inject
  RefreshTokens(SecretHasher hasher) {
    this.hasher = hasher;
  }

  /// A genuine refresh token; whether it is spent is the ledger's to say.
  public record Genuine(GrantId grant, int generation) {}

  public Uni<Optional<Genuine>> verify(String text) {
    Optional<RefreshToken> token = RefreshToken.parse(text);
    return token.isEmpty()
        ? Uni.createFrom().item(Optional.empty())
        : hasher
            .mac(RefreshToken.keyInput(token.get().grant()))
            .map(
                key ->
                    token
                        .filter(presented -> presented.isGenuine(key))
                        .map(genuine -> new Genuine(genuine.grant(), genuine.generation())));
  }
}
