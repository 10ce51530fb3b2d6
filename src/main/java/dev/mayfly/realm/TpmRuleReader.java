package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.cert.X509Certificate;
import java.util.List;

/// `type: tpm`.
final class TpmRuleReader {
  static final List<String> FIELDS =
      List.of("anchors_file", "anchors", "ek_sha256", "pcr_bank", "pcrs");

  private TpmRuleReader() {}

  static TpmRule read(EvidenceRule.Worth worth, Fields fields, FilesBeside filesBeside) {
    List<X509Certificate> anchors = Certificates.anchors(fields, filesBeside);
    List<String> keys =
        fields
            .optional("ek_sha256")
            .map(list -> list.list(item -> item.parsed(TpmRuleReader::requireDigest)))
            .orElse(List.of());
    PcrPolicy.Bank bank =
        fields
            .optional("pcr_bank")
            .map(word -> word.oneOf(PcrPolicy.Bank.class))
            .orElse(PcrPolicy.Bank.SHA256);
    return new TpmRule(worth, anchors, keys, PcrPolicyReader.read(fields.required("pcrs"), bank));
  }

  private static String requireDigest(String digest) {
    if (!digest.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("a SHA-256 is 64 hexadecimal digits in lower case");
    }
    return digest;
  }

  static void write(TpmRule rule, ObjectNode json) {
    Certificates.write(rule.anchors(), json);
    if (!rule.endorsementKeys().isEmpty()) {
      ArrayNode keys = json.putArray("ek_sha256");
      rule.endorsementKeys().forEach(keys::add);
    }
    json.put("pcr_bank", Value.word(rule.pcrs().bank()));
    PcrPolicyReader.write(rule.pcrs(), json);
  }
}
