package dev.mayfly.ledger;

import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Confirmation;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What tokens stand on, and the unit of revocation. `address` and `country` are those at
/// issuance. `instance` is the attested instance; `confirmation` what else its tokens are bound
/// to: the key of a DPoP proof, the client's certificate. `refresh` is empty where the policy
/// gives no refresh token.
public record Grant(
    GrantId id,
    RealmName realm,
    ClientId client,
    ScopeSet scope,
    List<String> audience,
    AuthorizationDetails details,
    Attestation attestation,
    Optional<JwkThumbprint> instance,
    Optional<Confirmation> confirmation,
    String address,
    Optional<String> country,
    Instant createdAt,
    Instant endsAt,
    Optional<Refresh> refresh,
    Status status) {

  public Grant {
    audience = List.copyOf(audience);
  }

  /// What the client has proved about where it runs, in the request for the latest token: the
  /// kind of evidence, what it was worth, and whose attestation it was. `jti` where it has one.
  public record Attestation(
      String kind,
      String level,
      Optional<String> attester,
      Optional<String> rule,
      Optional<String> jti) {
    public static final Attestation NONE =
        new Attestation("none", "none", Optional.empty(), Optional.empty(), Optional.empty());
  }

  /// The one unspent refresh token: its generation, counted from 0, since when it is the one,
  /// and when it lapses.
  public record Refresh(int generation, Instant since, Instant expiresAt) {}

  public sealed interface Status {
    record Live() implements Status {}

    record Revoked(Instant at, String reason) implements Status {}
  }

  public Access access() {
    return new Access(scope, audience, details);
  }

  /// Ends at `endsAt`: at that instant it is over.
  public boolean isLiveAt(Instant now) {
    return status instanceof Status.Live && now.isBefore(endsAt);
  }
}
