package dev.mayfly.token;

import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Tokens whose signature has been verified: a bot sends the same one with each request, and
/// resource servers ask about it. That a
/// token is here says that its key made the signature, and nothing else; whether the key is still
/// trusted and the token has not expired is asked each time.
@Singleton
public class KnownTokens {
  /// About a kilobyte each.
  static final int MOST = 20_000;

  private record Known(RealmName realm, String issuer, VerifiedAccessToken token) {
    private boolean isOf(AppliedRealm applied) {
      return realm.equals(applied.name()) && issuer.equals(applied.issuer());
    }
  }

  private final AccessTokenVerifier verifier;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  @Inject
  KnownTokens(AccessTokenVerifier verifier) {
    this.verifier = verifier;
  }

  /// Empty for whatever is not a valid token of this realm now.
  public Optional<VerifiedAccessToken> verify(String token, AppliedRealm realm, Instant now) {
    Known before = known.get(token);
    if (before != null && before.isOf(realm)) {
      return trusted(before, realm).filter(verified -> now.isBefore(verified.expiresAt()));
    }
    Optional<VerifiedAccessToken> verified = verifier.verify(token, realm, now);
    verified.ifPresent(fresh -> keep(token, new Known(realm.name(), realm.issuer(), fresh), now));
    return verified;
  }

  /// Also an expired one, as [AccessTokenVerifier#read]. It is not kept: who revokes a token does
  /// not show it again.
  public Optional<VerifiedAccessToken> read(String token, AppliedRealm realm) {
    Known before = known.get(token);
    return before != null && before.isOf(realm)
        ? trusted(before, realm)
        : verifier.read(token, realm);
  }

  private static Optional<VerifiedAccessToken> trusted(Known before, AppliedRealm realm) {
    return Optional.of(before.token())
        .filter(verified -> realm.accessTokenKeys().trusts(verified.kid()));
  }

  /// Whether this realm has seen it: what another one knows would have to be verified here.
  public boolean has(String token, RealmName realm) {
    Known before = known.get(token);
    return before != null && before.realm().equals(realm);
  }

  private void keep(String token, Known fresh, Instant now) {
    if (known.size() >= MOST) {
      known.values().removeIf(old -> !now.isBefore(old.token().expiresAt()));
      if (known.size() >= MOST) {
        // Rare enough that verifying some again costs less than keeping an order of use.
        known.clear();
      }
    }
    known.put(token, fresh);
  }

  int size() {
    return known.size();
  }
}
