package dev.mayfly.check;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.CheckPolicy.UpstreamToken;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.Kept;
import dev.mayfly.token.VerifiedAccessToken;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The JWT by which the API behind the proxy knows who calls, where its realm asks for one. A
/// signature of the HSM is dear: one serves all requests with the same access token for a few
/// seconds.
@Singleton
class UpstreamTokens {
  /// Of its own, so that it is never taken for an access token (RFC 8725 §3.12).
  static final String TYPE = "mayfly-upstream+jwt";

  private static final Duration KEPT = Duration.ofSeconds(5);
  private static final int MOST = 20_000;

  private final Clock clock;
  private final Map<Key, Kept<String>> kept = new ConcurrentHashMap<>();

  private record Key(RealmName realm, String issuer, String jti, UpstreamToken policy) {}

  @Inject
  UpstreamTokens(Clock clock) {
    this.clock = clock;
  }

  /// Empty where the realm wants none. Errors: those of the HSM.
  Optional<Uni<String>> of(Arrival.At at, VerifiedAccessToken token) {
    Optional<UpstreamToken> policy = at.realm().config().check().upstreamToken();
    if (policy.isEmpty()) {
      return Optional.empty();
    }
    if (kept.size() >= MOST) {
      kept.clear();
    }
    AppliedRealm realm = at.realm();
    return Optional.of(
        kept.computeIfAbsent(
                new Key(realm.name(), realm.issuer(), token.claims().getJWTID(), policy.get()),
                _ -> new Kept<>(KEPT, () -> sign(realm, token, policy.get())))
            .get());
  }

  private Uni<String> sign(AppliedRealm realm, VerifiedAccessToken token, UpstreamToken policy) {
    return realm
        .accessTokenKeys()
        .sign(TYPE, claims(realm.issuer(), token, policy, clock.instant()).toString());
  }

  /// Never longer good than the access token. Nothing of the single request: it stands in the
  /// headers beside.
  static ObjectNode claims(
      String issuer, VerifiedAccessToken token, UpstreamToken policy, Instant now) {
    Instant end = now.plus(policy.lifetime());
    Instant exp = end.isBefore(token.expiresAt()) ? end : token.expiresAt();
    ObjectNode claims = Answers.JSON.createObjectNode();
    claims.put("iss", issuer).put("sub", token.client().value()).put("aud", policy.audience());
    claims.put("iat", now.getEpochSecond()).put("exp", exp.getEpochSecond());
    claims.put("client_id", token.client().value()).put("grant_id", token.grant().toString());
    copy(claims, token, "scope");
    copy(claims, token, "attestation");
    copy(claims, token, "attestation_level");
    return claims.put("access_token_jti", token.claims().getJWTID());
  }

  private static void copy(ObjectNode claims, VerifiedAccessToken token, String name) {
    if (token.claims().getClaim(name) instanceof String text) {
      claims.put(name, text);
    }
  }
}
