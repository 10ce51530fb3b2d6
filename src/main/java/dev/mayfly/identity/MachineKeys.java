package dev.mayfly.identity;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.X509CertUtils;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Account;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// By what a machine is to be known, as somebody gives it. Pure.
/// Errors: `IllegalArgumentException`, whose message may be shown.
public record MachineKeys(Optional<JWKSet> jwks, Optional<X509Certificate> certificate) {
  private static final int MOST = 4;
  private static final int SMALLEST_RSA = 2048;

  public MachineKeys {
    if (jwks.isPresent() == certificate.isPresent()) {
      throw new IllegalArgumentException("a machine has jwks or certificate: one of the two");
    }
  }

  /// `json`: a JWK set of 1 to 4 public keys that sign.
  public static MachineKeys ofJwks(String json) {
    JWKSet set;
    try {
      set = JWKSet.parse(json);
    } catch (ParseException | IllegalArgumentException malformed) {
      throw new IllegalArgumentException("jwks is not a JWK set", malformed);
    }
    if (set.isEmpty() || set.size() > MOST) {
      throw new IllegalArgumentException("jwks holds 1 to 4 keys");
    }
    for (JWK key : set.getKeys()) {
      if (key.isPrivate()) {
        throw new IllegalArgumentException(
            "jwks holds a private key: keep it to yourself, and make another");
      }
      if (!signsHere(key)) {
        throw new IllegalArgumentException(
            "jwks holds a key that is not of P-256, Ed25519, or RSA with 2048 bits or more");
      }
    }
    return new MachineKeys(Optional.of(set), Optional.empty());
  }

  private static boolean signsHere(JWK key) {
    return switch (key) {
      case ECKey ec -> PublicKeys.instanceKey(ec).isPresent();
      case OctetKeyPair okp -> okp.getCurve().equals(Curve.Ed25519);
      case RSAKey rsa -> rsa.size() >= SMALLEST_RSA;
      default -> false;
    };
  }

  /// `pem`: one certificate.
  public static MachineKeys ofCertificate(String pem) {
    X509Certificate certificate = X509CertUtils.parse(pem);
    if (certificate == null) {
      throw new IllegalArgumentException("certificate is not one certificate in PEM");
    }
    return new MachineKeys(Optional.empty(), Optional.of(certificate));
  }

  /// SHA-256 of the certificate, base64url: `x5t#S256`.
  public static String thumbprint(X509Certificate certificate) {
    return X509CertUtils.computeSHA256Thumbprint(certificate).toString();
  }

  /// As the row keeps it; `may` as in [Account.Machine].
  public Account.Machine machine(List<String> may) {
    return new Account.Machine(
        jwks.map(JWKSet::toString), certificate.map(MachineKeys::thumbprint), may);
  }

  /// For the audit trail and whoever compares: thumbprints, separated by blanks.
  public String text() {
    return text(machine(List.of()));
  }

  public static String text(Account.Machine machine) {
    List<String> all = new ArrayList<>();
    machine
        .jwks()
        .map(MachineKeys::parsed)
        .ifPresent(
            set -> set.getKeys().forEach(key -> all.add(PublicKeys.canonicalThumbprint(key))));
    machine.certificate().ifPresent(all::add);
    return all.stream().collect(Collectors.joining(" "));
  }

  private static JWKSet parsed(String json) {
    try {
      return JWKSet.parse(json);
    } catch (ParseException e) {
      throw new IllegalStateException("keys were read before they were kept", e);
    }
  }
}
