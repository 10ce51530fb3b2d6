package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.ledger.ClientStates;
import dev.mayfly.ledger.Registration;
import dev.mayfly.ledger.Registration.RevokedAttestation;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.realm.TrustDomain;
import dev.mayfly.spiffe.Trust;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A realm as it is in force on this replica. A realm without keys for both purposes is not applied
/// yet and does not exist for requests. What `retired` knows is refused, whatever the
/// configuration says: it may have been retired in another realm since.
public record AppliedRealm(
    RealmConfig config,
    String issuer,
    KeyRing accessTokenKeys,
    KeyRing attestationKeys,
    GeoLookup geo,
    ClientStates states,
    RetiredKeys retired,
    Set<RevokedAttestation> revoked,
    RegisteredDocuments documents) {
  public AppliedRealm {
    revoked = Set.copyOf(revoked);
  }

  public RealmName name() {
    return config.realm();
  }

  /// Whether what this rule of this attester attested is not believed.
  public boolean isRevoked(String attester, String rule) {
    return revoked.contains(new RevokedAttestation.OfAttester(name(), attester))
        || revoked.contains(new RevokedAttestation.OfRule(name(), attester, rule));
  }

  /// Whether one attestation is not believed.
  public boolean isRevoked(String attestation) {
    return revoked.contains(new RevokedAttestation.One(name(), attestation));
  }

  /// The trust domains without what was retired of them; one of which nothing is left is believed
  /// no more.
  public Trust trust() {
    Map<String, TrustDomain> believed = new HashMap<>();
    for (TrustDomain domain : config.trust().trustDomains().values()) {
      List<JWK> jwtKeys = believed(domain.jwtKeys());
      List<JWK> witKeys = believed(domain.witKeys());
      List<X509Certificate> authorities =
          domain.authorities().stream().filter(one -> !retired.contains(one)).toList();
      if (!jwtKeys.isEmpty() || !witKeys.isEmpty() || !authorities.isEmpty()) {
        believed.put(domain.name(), new TrustDomain(domain.name(), jwtKeys, authorities, witKeys));
      }
    }
    return new Trust(believed, retired::contains);
  }

  private List<JWK> believed(List<JWK> keys) {
    return keys.stream().filter(key -> !retired.contains(key)).toList();
  }

  /// Whether the client is registered, and neither pending, suspended nor revoked.
  public boolean isActive(ClientId id) {
    return registered(id).filter(known -> known.state().standing() == Standing.ACTIVE).isPresent();
  }

  /// A client of the realm's file or a registered one, whatever its standing.
  public Optional<ClientConfig> client(ClientId id) {
    return Optional.ofNullable(states.get(id)).flatMap(state -> client(id, state));
  }

  /// A registered client of which a key was retired elsewhere is refused as a whole.
  private Optional<ClientConfig> client(ClientId id, Registration.State state) {
    return state.document().isEmpty()
        ? config.client(id)
        : state
            .document()
            .filter(
                document ->
                    state.standing() == Standing.REVOKED
                        || document.keyThumbprints().stream().noneMatch(retired::contains))
            .flatMap(document -> documents.read(id, document));
  }

  public Optional<Registered> registered(ClientId id) {
    Registration.State state = states.get(id);
    if (state == null) {
      return Optional.empty();
    }
    return client(id, state)
        .<Registered>map(client -> new Registered.AsClient(client, state))
        .or(
            () ->
                config
                    .resourceServer(id)
                    .map(server -> new Registered.AsResourceServer(server, state)));
  }
}
