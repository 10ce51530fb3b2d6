package dev.mayfly.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import dev.mayfly.keys.P256Verifier;
import dev.mayfly.oauth.JwkThumbprint;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A public key on P-256 as it is used again and again: its canonical form, its thumbprint, and
/// what its verifier has worked out of it. A tool shows the same key with each request,
/// and to work these out anew costs more than the verification itself.
final class P256Key {
  /// About six kilobytes each.
  static final int MOST = 2_000;

  private static final Map<Point, P256Key> KNOWN = new ConcurrentHashMap<>();

  private final ECKey canonical;
  private final JwkThumbprint thumbprint;
  private final P256Verifier verifier;

  /// As it was written: one key may be written in several ways, and is then known several times.
  private record Point(Base64URL x, Base64URL y) {}

  private P256Key(ECKey canonical, P256Verifier verifier) {
    this.canonical = canonical;
    this.verifier = verifier;
    this.thumbprint = PublicKeys.thumbprint(canonical);
  }

  /// Empty for what is not a point of the curve.
  static Optional<P256Key> of(ECKey key) {
    if (!Curve.P_256.equals(key.getCurve())) {
      return Optional.empty();
    }
    Point point = new Point(key.getX(), key.getY());
    P256Key known = KNOWN.get(point);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<P256Key> read = read(key);
    read.ifPresent(fresh -> keep(point, fresh));
    return read;
  }

  private static Optional<P256Key> read(ECKey key) {
    try {
      ECKey canonical = new ECKey.Builder(Curve.P_256, key.toECPublicKey()).build();
      return Optional.of(new P256Key(canonical, new P256Verifier(canonical.toECPublicKey())));
    } catch (JOSEException | IllegalArgumentException | IllegalStateException notOnTheCurve) {
      return Optional.empty();
    }
  }

  private static void keep(Point point, P256Key fresh) {
    if (KNOWN.size() >= MOST) {
      // Rare enough that reading some again costs less than keeping an order of use.
      KNOWN.clear();
    }
    KNOWN.put(point, fresh);
  }

  /// Its members in canonical form and nothing else.
  ECKey canonical() {
    return canonical;
  }

  JwkThumbprint thumbprint() {
    return thumbprint;
  }

  /// ES256, RFC 7518 §3.4: whether `signature` (r‖s) is one over `input`.
  boolean verifies(byte[] input, byte[] signature) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(input);
      return verifier.verifies(digest, signature);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
