package dev.mayfly.realm;

import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.ScopeSet;
import java.util.List;
import java.util.Optional;

/// A client as its realm file registers it.
///
/// @param vendor who makes the tool; may be empty
/// @param defaultScope what a request without `scope` gets; empty means such a request is refused
/// @param audiences in the file's order, the first is the default
/// @param authorizationDetails the most that its tokens may be used for; none: scope alone decides
/// @param network the client's own limits only; [RealmConfig#networkPolicy] has the whole
/// @param certificateBoundTokens whether it gets tokens only on a client certificate, bound to it
///     (`tls_client_certificate_bound_access_tokens`, RFC 8705 §3.4)
/// @param refresh overrides the realm's; [RealmConfig#refresh] has what applies
/// @param dpop whether its tokens must be bound to the key of a DPoP proof
/// @param rateLimits the client's own only
/// @param requestSigning empty: it signs no requests
/// @param tokenExchange whether it may exchange its access tokens for narrower ones
public record ClientConfig(
    ClientId clientId,
    String description,
    String vendor,
    Credentials credentials,
    Attestation attestation,
    ScopeSet scopes,
    ScopeSet defaultScope,
    List<String> audiences,
    AuthorizationDetails authorizationDetails,
    NetworkPolicy network,
    Optional<RefreshPolicy> refresh,
    boolean certificateBoundTokens,
    Dpop dpop,
    RateLimits.OfClient rateLimits,
    Optional<RequestSigning> requestSigning,
    boolean tokenExchange) {

  /// `dpop_bound_access_tokens`, RFC 9449 §5.2: `required` is true.
  public enum Dpop {
    ALLOWED,
    REQUIRED
  }

  /// Which attesters count for a client.
  public sealed interface Attestation {
    /// Errors: `IllegalArgumentException` when no attester is named.
    record Required(List<String> attesters) implements Attestation {
      public Required {
        if (attesters.isEmpty()) {
          throw new IllegalArgumentException("at least one attester must count");
        }
        attesters = attesters.stream().sorted().distinct().toList();
      }
    }

    /// Weaker, and shown as weaker wherever clients are listed.
    record None() implements Attestation {}
  }

  public ClientConfig {
    if (scopes.isEmpty() || audiences.isEmpty()) {
      throw new IllegalArgumentException("a client has at least one scope and one audience");
    }
    if (!scopes.contains(defaultScope)) {
      throw new IllegalArgumentException("default_scope is a part of scopes");
    }
    audiences = List.copyOf(audiences);
    if (!authorizationDetails.at(audiences).equals(Optional.of(authorizationDetails))) {
      throw new IllegalArgumentException("locations are among the client's audiences");
    }
  }

  /// The canonical JSON of one client, as it stands in that of its realm.
  public String toJson() {
    return RealmJson.text(this);
  }

  /// The same client with other limits.
  ClientConfig with(NetworkPolicy limits, Optional<RefreshPolicy> refreshes) {
    return new ClientConfig(
        clientId,
        description,
        vendor,
        credentials,
        attestation,
        scopes,
        defaultScope,
        audiences,
        authorizationDetails,
        limits,
        refreshes,
        certificateBoundTokens,
        dpop,
        rateLimits,
        requestSigning,
        tokenExchange);
  }

  public boolean isAttested() {
    return attestation instanceof Attestation.Required;
  }
}
