package dev.mayfly.oauth;

import java.util.Optional;

/// What a token is bound to: the `cnf` claim, RFC 7800 §3.1. `jkt` is a key, RFC 9449 §6.1,
/// `x5tS256` a certificate, RFC 8705 §3.1; both when both were proved.
/// Errors: `IllegalArgumentException` when there is neither: a token that is bound to nothing has
/// no confirmation.
public record Confirmation(Optional<JwkThumbprint> jkt, Optional<CertificateThumbprint> x5tS256) {
  public Confirmation {
    if (jkt.isEmpty() && x5tS256.isEmpty()) {
      throw new IllegalArgumentException("a confirmation names a key or a certificate");
    }
  }

  /// Empty when neither is there.
  public static Optional<Confirmation> of(
      Optional<JwkThumbprint> jkt, Optional<CertificateThumbprint> x5tS256) {
    return jkt.isEmpty() && x5tS256.isEmpty()
        ? Optional.empty()
        : Optional.of(new Confirmation(jkt, x5tS256));
  }

  public static Confirmation of(JwkThumbprint jkt) {
    return new Confirmation(Optional.of(jkt), Optional.empty());
  }

  /// Whether who proved `shown` proved all of this.
  public boolean isMetBy(Optional<Confirmation> shown) {
    return shown
        .map(
            proved ->
                (jkt.isEmpty() || jkt.equals(proved.jkt))
                    && (x5tS256.isEmpty() || x5tS256.equals(proved.x5tS256)))
        .orElse(false);
  }
}
