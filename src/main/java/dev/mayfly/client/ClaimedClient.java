package dev.mayfly.client;

import dev.mayfly.http.PresentedCertificate;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.ledger.Registration;
import dev.mayfly.oauth.CertificateThumbprint;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Registered;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What the realm says of the client that a request claims to be of; `registered` is empty where
/// there is no such client.
record ClaimedClient(AppliedRealm realm, Optional<Registered> registered) {
  /// Of an unknown client all attesters count: it fails later, like a wrong secret.
  List<Attester> attesters() {
    return config()
        .map(known -> realm.config().attestersOf(known))
        .orElseGet(() -> List.copyOf(realm.config().attesters().values()));
  }

  /// Whether it is registered with an attestation.
  boolean isAttested() {
    return config().map(ClientConfig::isAttested).orElse(false);
  }

  private Optional<ClientConfig> config() {
    return registered.flatMap(
        known ->
            known instanceof Registered.AsClient asClient
                ? Optional.of(asClient.config())
                : Optional.empty());
  }

  /// Why it may not be where it is, or not now. Resource servers may be anywhere.
  Optional<String> misplaced(RequestFacts facts) {
    return config()
        .flatMap(
            known ->
                realm
                    .config()
                    .networkPolicy(known)
                    .objection(facts.address(), facts.location(), facts.received()))
        .map(objection -> objection.code());
  }

  /// None of an unknown client, nor of one that is not registered with that method.
  List<Registration.Secret> liveSecrets(AuthMethod method, Instant now) {
    return registered
        .filter(known -> known.credentials().methods().contains(method))
        .map(known -> known.state().secrets())
        .orElse(List.of())
        .stream()
        .filter(secret -> now.isBefore(secret.expiresAt()))
        .toList();
  }

  /// What the tokens of a client that is registered so are bound to, RFC 8705 §3, however it
  /// authenticated.
  Optional<CertificateThumbprint> boundTo(PresentedCertificate certificate) {
    return config().map(ClientConfig::certificateBoundTokens).orElse(false)
            && certificate instanceof PresentedCertificate.Chain chain
        ? Optional.of(CertificateThumbprint.of(chain.leafDer()))
        : Optional.empty();
  }
}
