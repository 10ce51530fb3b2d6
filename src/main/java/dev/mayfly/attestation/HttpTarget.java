package dev.mayfly.attestation;

import java.util.List;
import java.util.Optional;

/// What a DPoP proof is for, RFC 9449 §4.2: `htm`, and the external addresses under which that is
/// reached, one of which is its `htu`.
record HttpTarget(String method, List<String> uris) {
  HttpTarget {
    uris = List.copyOf(uris);
  }

  /// An endpoint of ours, which has one address.
  static HttpTarget post(String uri) {
    return new HttpTarget("POST", List.of(uri));
  }

  /// Whether an address is one of these, both normalised.
  boolean isAt(String htu) {
    Optional<String> normalised = HttpUri.normalised(htu);
    return normalised.isPresent()
        && (uris.contains(htu)
            || uris.stream().anyMatch(uri -> HttpUri.normalised(uri).equals(normalised)));
  }
}
