package dev.mayfly.realm;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// With what a client signs its requests to the API.
/// Errors: `IllegalArgumentException` where it has nothing to sign with, for a key of another kind
/// than EC P-256 and Ed25519, and for one without a `kid` of its own, by which a signature names
/// it.
///
/// @param keys public keys of the client's own
/// @param hmac whether each grant brings a shared key, which nobody stores
public record RequestSigning(List<JWK> keys, boolean hmac) {
  private static final Pattern KID = Pattern.compile("[A-Za-z0-9._~-]{1,128}");

  public RequestSigning {
    if (keys.isEmpty() && !hmac) {
      throw new IllegalArgumentException("keys, or hmac: true, or both");
    }
    Set<String> kids = new HashSet<>();
    for (JWK key : keys) {
      PublicKeys.requireUsable(key);
      if (!(key instanceof ECKey) && !(key instanceof OctetKeyPair)) {
        throw new IllegalArgumentException("a key for signatures is EC P-256 or OKP Ed25519");
      }
      if (key.getKeyID() == null || !KID.matcher(key.getKeyID()).matches()) {
        throw new IllegalArgumentException(
            "a key for signatures has a kid: 1 to 128 of A-Z a-z 0-9 . _ ~ -");
      }
      if (!kids.add(key.getKeyID())) {
        throw new IllegalArgumentException("two keys have one kid");
      }
    }
    keys = List.copyOf(keys);
  }

  public Optional<JWK> key(String kid) {
    return keys.stream().filter(key -> key.getKeyID().equals(kid)).findFirst();
  }
}
