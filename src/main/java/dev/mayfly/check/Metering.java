package dev.mayfly.check;

import dev.mayfly.jose.CompactJwt;
import dev.mayfly.limits.Door;
import dev.mayfly.limits.Quotas;
import dev.mayfly.limits.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.token.VerifiedAccessToken;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.Set;

/// What a request is counted as, and when: a client pays for what it may do, an address for what
/// it tried in vain.
@Singleton
class Metering {
  private final Quotas quotas;

  @Inject
  Metering(Quotas quotas) {
    this.quotas = quotas;
  }

  /// Before the signature of a token that nobody has shown here yet is looked at. The name in it
  /// is not believed; it only chooses who has to wait.
  Optional<Standing> slowed(Arrival.At at, String unseen) {
    return quotas.slowed(Door.CHECK, at.facts(), at.realm().config(), claimed(unseen));
  }

  /// Counts a request that may pass. Only such a one takes from its client's quota: with a
  /// stolen token nobody locks out the client that it was stolen from.
  Optional<Standing> take(Arrival.At at, VerifiedAccessToken token) {
    return client(at, token)
        .flatMap(client -> quotas.take(Door.CHECK, at.facts(), at.realm().config(), client));
  }

  /// Before proofs are verified and spent.
  Optional<Standing> exhausted(Arrival.At at, VerifiedAccessToken token) {
    return client(at, token)
        .flatMap(client -> quotas.exhausted(Door.CHECK, at.facts(), at.realm().config(), client))
        .or(
            () ->
                quotas.slowed(
                    Door.CHECK, at.facts(), at.realm().config(), Optional.of(token.client())));
  }

  private static Optional<ClientConfig> client(Arrival.At at, VerifiedAccessToken token) {
    return at.realm().client(token.client());
  }

  void count(Arrival.At at, OriginalRequest request, Verdict verdict) {
    if (verdict instanceof Verdict.Deny deny && isFailure(deny.reason())) {
      Optional<ClientId> claimed =
          deny.token()
              .map(VerifiedAccessToken::client)
              .or(() -> request.credentials().flatMap(shown -> claimed(shown.token())));
      quotas.failed(Door.CHECK, at.facts(), at.realm().config(), claimed);
    }
  }

  /// What cost a signature, or shows somebody with a token that is not his.
  private static boolean isFailure(Reason reason) {
    return switch (reason) {
      case TOKEN_INVALID, PROOF_MISSING, PROOF_INVALID, PROOF_REPLAYED -> true;
      case CERTIFICATE_WRONG, TOKEN_SPENT -> true;
      case SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_REPLAYED -> true;
      case DIGEST_MISSING, DIGEST_WRONG -> true;
      case PROXY_NOT_TRUSTED, REQUEST_UNREADABLE, PATH_AMBIGUOUS, METHOD_OVERRIDDEN -> false;
      case TOKEN_MISSING, AUDIENCE_WRONG, GRANT_REVOKED, CLIENT_NOT_ACTIVE -> false;
      case ADDRESS_NOT_ALLOWED, COUNTRY_NOT_ALLOWED, COUNTRY_UNKNOWN, OUTSIDE_HOURS -> false;
      case COUNTRY_CHANGED, IMPOSSIBLE_TRAVEL, NO_ROUTE -> false;
      case SCOPE_INSUFFICIENT, AUTHORIZATION_DETAILS_INSUFFICIENT -> false;
      case PROOF_NONCE_STALE, SIGNATURE_OUTSIDE_WINDOW, QUOTA_EXCEEDED -> false;
    };
  }

  private static Optional<ClientId> claimed(String token) {
    try {
      return CompactJwt.readOwn(token, Set.of("at+jwt"))
              instanceof CompactJwt.Read.Legible(CompactJwt jwt)
          ? jwt.text("client_id").map(ClientId::new)
          : Optional.empty();
    } catch (IllegalArgumentException noSuchClientCanBe) {
      return Optional.empty();
    }
  }
}
