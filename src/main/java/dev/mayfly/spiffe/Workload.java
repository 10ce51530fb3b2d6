package dev.mayfly.spiffe;

import dev.mayfly.jose.CompactJwt;
import dev.mayfly.oauth.SpiffeId;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Whose an SVID says that it is.
final class Workload {
  /// The kind of name that a URI is, RFC 5280 §4.2.1.6.
  private static final Integer URI_NAME = 6;

  private Workload() {}

  /// Its `sub`.
  static Optional<SpiffeId> of(CompactJwt svid) {
    return svid.text("sub").flatMap(Workload::parse);
  }

  /// The one URI in the certificate; of two, nobody says which counts.
  static Optional<SpiffeId> of(X509Certificate leaf) {
    try {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      List<Object> uris =
          names == null
              ? List.of()
              : names.stream()
                  .filter(name -> name.getFirst().equals(URI_NAME))
                  .<Object>map(name -> name.get(1))
                  .toList();
      return uris.size() == 1 ? parse(String.valueOf(uris.getFirst())) : Optional.empty();
    } catch (CertificateParsingException malformed) {
      return Optional.empty();
    }
  }

  private static Optional<SpiffeId> parse(String text) {
    try {
      return Optional.of(SpiffeId.parse(text));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
