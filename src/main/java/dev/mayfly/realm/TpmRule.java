package dev.mayfly.realm;

import java.security.cert.X509Certificate;
import java.util.List;

/// A TPM 2.0 that has an endorsement key of a trusted maker, and whose PCRs hold what they should.
///
/// @param anchors of the makers of TPMs: every TPM of such a maker counts, unless
/// @param endorsementKeys names the ones that do: SHA-256 of their SubjectPublicKeyInfo, in
///     lower-case hexadecimal digits; empty: all of them
public record TpmRule(
    Worth worth, List<X509Certificate> anchors, List<String> endorsementKeys, PcrPolicy pcrs)
    implements EvidenceRule {
  public static final String KIND = "tpm";

  public TpmRule {
    anchors = List.copyOf(anchors);
    endorsementKeys = List.copyOf(endorsementKeys);
    if (anchors.isEmpty()) {
      throw new IllegalArgumentException("at least one anchor is needed");
    }
  }

  @Override
  public String kind() {
    return KIND;
  }
}
