package dev.mayfly.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.oauth.JwkThumbprint;
import java.text.ParseException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Keys that a client shows us, as JWKs.
public final class PublicKeys {
  private PublicKeys() {}

  /// An instance key: EC P-256, on the curve, without a private part. RFC 7517, RFC 7518 §6.2.
  public static Optional<ECKey> instanceKey(Map<?, ?> jwk) {
    Map<String, Object> members = new HashMap<>();
    jwk.forEach((name, value) -> members.put(String.valueOf(name), value));
    try {
      return JWK.parse(members) instanceof ECKey ec ? instanceKey(ec) : Optional.empty();
    } catch (ParseException | IllegalArgumentException | IllegalStateException malformed) {
      return Optional.empty();
    }
  }

  public static Optional<ECKey> instanceKey(ECKey key) {
    return !key.isPrivate() && key.getCurve().equals(Curve.P_256)
        ? Optional.of(key)
        : Optional.empty();
  }

  /// RFC 7638 with SHA-256.
  public static JwkThumbprint thumbprint(JWK key) {
    try {
      return new JwkThumbprint(key.computeThumbprint().toString());
    } catch (JOSEException e) {
      throw new IllegalStateException("a parsed JWK has a thumbprint", e);
    }
  }
}
