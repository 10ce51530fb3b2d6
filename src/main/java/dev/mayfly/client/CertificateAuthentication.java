package dev.mayfly.client;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.X509CertUtils;
import dev.mayfly.http.PresentedCertificate.Chain;
import dev.mayfly.jose.CertificatePath;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.realm.CertificateName;
import dev.mayfly.realm.Credentials;
import dev.mayfly.realm.Credentials.AuthMethod;
import dev.mayfly.registry.AppliedRealm;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// `tls_client_auth` and `self_signed_tls_client_auth`, RFC 8705 §2. That the peer holds the key
/// of the certificate, TLS has proved; here is decided whose it is.
final class CertificateAuthentication {
  private CertificateAuthentication() {}

  /// Empty when the certificate proves the client by one of its methods, else why not. `keys`: the
  /// registered ones, for `self_signed_tls_client_auth`.
  static Optional<String> objection(
      Chain chain,
      String name,
      Credentials credentials,
      List<JWK> keys,
      AppliedRealm realm,
      Instant now) {
    if (realm.retired().contains(PublicKeys.thumbprint(chain.leaf().getPublicKey()))) {
      return Optional.of("the key of the certificate was retired");
    }
    Optional<String> objection = Optional.of("a certificate is not this client's method");
    if (credentials.methods().contains(AuthMethod.TLS_CLIENT_AUTH)) {
      objection = byName(chain, credentials.certificate().orElseThrow(), realm, now);
    }
    if (objection.isPresent()
        && credentials.methods().contains(AuthMethod.SELF_SIGNED_TLS_CLIENT_AUTH)) {
      objection = byKey(chain.leaf(), keys, now);
    }
    if (objection.isPresent() && credentials.methods().contains(AuthMethod.SPIFFE_X509)) {
      objection = SvidAuthentication.objection(chain, name, credentials, realm, now);
    }
    return objection;
  }

  /// RFC 8705 §2.1: the chain leads to a configured CA, and the certificate has the one name that
  /// is registered.
  private static Optional<String> byName(
      Chain chain, CertificateName name, AppliedRealm realm, Instant now) {
    List<X509Certificate> anchors =
        realm.config().trust().anchors().stream()
            .filter(anchor -> !realm.retired().contains(anchor))
            .toList();
    return CertificatePath.objection(
            chain.certificates(), anchors, CertificatePath.Purpose.TLS_CLIENT, now)
        .or(
            () ->
                name.isIn(chain.leaf())
                    ? Optional.empty()
                    : Optional.of("the certificate lacks the registered " + name.field()));
  }

  /// RFC 8705 §2.2: no chain is looked at, so that nothing of the certificate counts but that it
  /// is registered, and that it has not expired.
  private static Optional<String> byKey(X509Certificate leaf, List<JWK> keys, Instant now) {
    if (!CertificatePath.isValidAt(leaf, now)) {
      return Optional.of("the certificate has expired, or is not valid yet");
    }
    return keys.stream().anyMatch(key -> registers(key, leaf))
        ? Optional.empty()
        : Optional.of("neither the certificate nor its key is registered");
  }

  /// A key that is registered with a certificate (`x5c`, `x5t#S256`) stands for that certificate
  /// alone; any other for every certificate of the key.
  static boolean registers(JWK key, X509Certificate leaf) {
    if (!PublicKeys.canonicalThumbprint(key).equals(PublicKeys.thumbprint(leaf.getPublicKey()))) {
      return false;
    }
    Base64URL fingerprint = X509CertUtils.computeSHA256Thumbprint(leaf);
    boolean chainFits =
        key.getX509CertChain() == null
            || leaf.equals(X509CertUtils.parse(key.getX509CertChain().getFirst().decode()));
    return chainFits
        && (key.getX509CertSHA256Thumbprint() == null
            || key.getX509CertSHA256Thumbprint().equals(fingerprint));
  }
}
