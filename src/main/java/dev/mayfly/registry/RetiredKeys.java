package dev.mayfly.registry;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.realm.RealmConfig;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Set;

/// The public keys that nobody may use again, as one realm has to look for them: its own keys
/// by identity, so that no request computes a thumbprint for them, and instance keys by their
/// thumbprints.
public final class RetiredKeys {
  private final Set<String> thumbprints;
  private final Set<JWK> keys = new HashSet<>();
  private final Set<X509Certificate> anchors = new HashSet<>();

  private RetiredKeys(Set<String> thumbprints) {
    this.thumbprints = Set.copyOf(thumbprints);
  }

  static RetiredKeys of(RealmConfig config, Set<String> thumbprints) {
    RetiredKeys retired = new RetiredKeys(thumbprints);
    for (RealmKeys.Use use : RealmKeys.of(config)) {
      if (thumbprints.contains(use.thumbprint())) {
        switch (use.key()) {
          case RealmKeys.Configured.Jwk(JWK key) -> retired.keys.add(key);
          case RealmKeys.Configured.Anchor(X509Certificate anchor) -> retired.anchors.add(anchor);
        }
      }
    }
    return retired;
  }

  public boolean contains(JWK configured) {
    return keys.contains(configured);
  }

  public boolean contains(X509Certificate anchor) {
    return anchors.contains(anchor);
  }

  /// `thumbprint` of an instance key.
  public boolean contains(String thumbprint) {
    return thumbprints.contains(thumbprint);
  }
}
