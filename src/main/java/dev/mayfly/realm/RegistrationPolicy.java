package dev.mayfly.realm;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.network.Network;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.Credentials.AuthMethod;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What clients may have that are registered beside those of the realm file: by admins, or over the
/// registration endpoint. A realm without it has none.
///
/// @param audiences all of the realm's where the file names none
/// @param networks inside which each of a client's must lie; a client that names none gets these
/// @param refresh the most that a client's refresh tokens may be; empty: as the realm has it
/// @param unattested whether a client may be registered without attestation
/// @param approval whether an admin has to approve each before it gets tokens
/// @param endpoint whether developers may register clients themselves, RFC 7591
/// @param statements whose software statements count
public record RegistrationPolicy(
    ScopeSet scopes,
    List<String> audiences,
    Set<AuthMethod> methods,
    Optional<List<Network>> networks,
    Optional<RefreshPolicy> refresh,
    boolean unattested,
    boolean approval,
    boolean endpoint,
    List<StatementIssuer> statements) {

  /// The methods that need nothing but the client's own document: no trust anchor of the realm, no
  /// fetch, no secret that must be recoverable.
  public static final Set<AuthMethod> POSSIBLE =
      Collections.unmodifiableSet(
          EnumSet.of(
              AuthMethod.CLIENT_SECRET_BASIC,
              AuthMethod.CLIENT_SECRET_POST,
              AuthMethod.PRIVATE_KEY_JWT,
              AuthMethod.ATTEST_JWT_CLIENT_AUTH,
              AuthMethod.ATTEST_JWT_CLIENT_AUTH_DPOP));

  /// Who signs software statements, RFC 7591 §2.3, and with which keys.
  public record StatementIssuer(String issuer, List<JWK> keys) {
    public StatementIssuer {
      keys = List.copyOf(keys);
    }
  }

  /// Why a client may not be registered so: `field` of its document, and what is wrong with it.
  public record Objection(String field, String because) {
    @Override
    public String toString() {
      return field + ": " + because;
    }
  }

  public RegistrationPolicy {
    if (scopes.isEmpty() || audiences.isEmpty() || methods.isEmpty()) {
      throw new IllegalArgumentException("scopes, audiences and methods are not empty");
    }
    if (!POSSIBLE.containsAll(methods)) {
      throw new IllegalArgumentException("a registered client cannot have every method");
    }
    audiences = List.copyOf(audiences);
    methods = Collections.unmodifiableSet(EnumSet.copyOf(methods));
    networks = networks.map(List::copyOf);
    statements = List.copyOf(statements);
  }

  /// As much of this as `limits` leaves.
  public RegistrationPolicy within(RegistrationLimits limits) {
    return new RegistrationPolicy(
        limits.scopes().orElse(scopes),
        limits.audiences().orElse(audiences),
        methods,
        limits.networks().or(() -> networks),
        refresh,
        unattested,
        approval,
        endpoint,
        statements);
  }

  public Optional<StatementIssuer> statementIssuer(String issuer) {
    return statements.stream().filter(one -> one.issuer().equals(issuer)).findFirst();
  }

  /// The client with what it left open filled in, so that a later, wider policy widens nothing.
  public ClientConfig completed(ClientConfig client) {
    NetworkPolicy own = client.network();
    return client.with(
        new NetworkPolicy(own.networks().or(() -> networks), own.countries(), own.hours()),
        client.refresh().or(() -> refresh));
  }

  /// Nothing when the client may be registered as it is. Precondition: [#completed].
  public Optional<Objection> objection(ClientConfig client) {
    if (!scopes.contains(client.scopes())) {
      return objection("scopes", "a registered client has of these: " + scopes);
    }
    if (!audiences.containsAll(client.audiences())) {
      return objection("audiences", "a registered client has of these: " + text(audiences));
    }
    Credentials credentials = client.credentials();
    if (!methods.containsAll(credentials.methods())) {
      return objection(
          "token_endpoint_auth_methods",
          "a registered client has of these: " + text(methods.stream().map(Value::word).toList()));
    }
    if (credentials.jwksUri().isPresent()) {
      return objection("jwks_uri", "the keys of a registered client stand in jwks");
    }
    if (credentials.secret().isPresent()
        && credentials.secret().get() instanceof Credentials.SecretSource.InFile) {
      return objection("secret", "the secret of a registered client is generated");
    }
    if (!client.isAttested() && !unattested) {
      return objection("attestation", "a registered client is attested in this realm");
    }
    if (!client.rateLimits().equals(RateLimits.OfClient.NONE)) {
      return objection("rate_limits", "quotas of clients stand in the realm file");
    }
    if (client.tokenExchange()) {
      return objection("token_exchange", "token exchange is for clients of the realm file");
    }
    return networks(client.network()).or(() -> refresh(client.refresh()));
  }

  private Optional<Objection> networks(NetworkPolicy own) {
    return networks.isEmpty() || own.networks().filter(this::areInside).isPresent()
        ? Optional.empty()
        : objection("networks", "a registered client is inside " + text(networks.get()));
  }

  private boolean areInside(List<Network> own) {
    return own.stream()
        .allMatch(one -> networks.orElseThrow().stream().anyMatch(outer -> outer.contains(one)));
  }

  private Optional<Objection> refresh(Optional<RefreshPolicy> own) {
    return refresh.isEmpty() || own.filter(one -> isWithin(one, refresh.get())).isPresent()
        ? Optional.empty()
        : objection("refresh", "is more than a registered client may have");
  }

  private static boolean isWithin(RefreshPolicy own, RefreshPolicy most) {
    return switch (own) {
      case RefreshPolicy.None _ -> true;
      case RefreshPolicy.Rotating(Duration lifetime, Duration grant, boolean without) ->
          most instanceof RefreshPolicy.Rotating outer
              && lifetime.compareTo(outer.lifetime()) <= 0
              && grant.compareTo(outer.grantLifetime()) <= 0
              && (!without || outer.withoutInstanceKey());
    };
  }

  private static Optional<Objection> objection(String field, String because) {
    return Optional.of(new Objection(field, because));
  }

  private static String text(List<?> all) {
    return String.join(" ", all.stream().map(Object::toString).toList());
  }
}
