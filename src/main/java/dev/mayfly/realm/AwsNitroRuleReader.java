package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.cert.X509Certificate;
import java.util.List;

/// `type: aws_nitro`.
final class AwsNitroRuleReader {
  static final List<String> FIELDS = List.of("anchors_file", "anchors", "pcrs");

  private AwsNitroRuleReader() {}

  static AwsNitroRule read(EvidenceRule.Worth worth, Fields fields, FilesBeside filesBeside) {
    List<X509Certificate> anchors = Certificates.anchors(fields, filesBeside);
    Value pcrs = fields.required("pcrs");
    PcrPolicy policy = PcrPolicyReader.read(pcrs, PcrPolicy.Bank.SHA384);
    return pcrs.checked(() -> new AwsNitroRule(worth, anchors, policy));
  }

  static void write(AwsNitroRule rule, ObjectNode json) {
    Certificates.write(rule.anchors(), json);
    PcrPolicyReader.write(rule.pcrs(), json);
  }
}
