package dev.mayfly.spiffe;

import dev.mayfly.jose.CertificatePath;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.oauth.SpiffeId;
import dev.mayfly.realm.TrustDomain;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// An X.509-SVID with what came beside it, its own certificate first: the one URI in it is the
/// workload's name, and the chain leads to an authority of that trust domain and no other. Whether
/// the sender holds its key is for the caller to see.
public record X509Svid(List<X509Certificate> chain, SpiffeId workload) {
  public X509Svid {
    chain = List.copyOf(chain);
  }

  /// Empty where the first certificate names no workload, or more than one.
  public static Optional<X509Svid> of(List<X509Certificate> chain) {
    return chain.isEmpty()
        ? Optional.empty()
        : Workload.of(chain.getFirst()).map(workload -> new X509Svid(chain, workload));
  }

  /// Why the workload is not proved, or nothing.
  public Optional<String> objection(Trust trust, Instant now) {
    if (trust.retired().test(PublicKeys.thumbprint(leaf().getPublicKey()))) {
      return Optional.of("the key of the certificate was retired");
    }
    return CertificatePath.objection(
        chain,
        trust.of(workload).map(TrustDomain::authorities).orElse(List.of()),
        CertificatePath.Purpose.SVID,
        now);
  }

  public X509Certificate leaf() {
    return chain.getFirst();
  }
}
