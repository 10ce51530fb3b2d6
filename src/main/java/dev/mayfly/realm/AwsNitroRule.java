package dev.mayfly.realm;

import java.security.cert.X509Certificate;
import java.util.List;

/// An AWS Nitro Enclave whose PCRs hold what they should.
///
/// @param anchors the root of Nitro Enclaves, which AWS publishes
public record AwsNitroRule(Worth worth, List<X509Certificate> anchors, PcrPolicy pcrs)
    implements EvidenceRule {
  public static final String KIND = "aws_nitro";

  public AwsNitroRule {
    anchors = List.copyOf(anchors);
    if (anchors.isEmpty()) {
      throw new IllegalArgumentException("at least one anchor is needed");
    }
    if (pcrs.bank() != PcrPolicy.Bank.SHA384) {
      throw new IllegalArgumentException("the PCRs of an enclave are SHA-384");
    }
    if (pcrs.allowed().values().stream().anyMatch(values -> values.contains("0".repeat(96)))) {
      throw new IllegalArgumentException(
          "a PCR of zeros is that of an enclave in debug mode, whose memory its host can read");
    }
  }

  @Override
  public String kind() {
    return KIND;
  }
}
