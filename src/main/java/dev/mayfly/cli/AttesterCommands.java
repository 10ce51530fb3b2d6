package dev.mayfly.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin attester`: to believe an attester, or one rule of it, no more, and again.
@Command(
    name = "attester",
    header = "Revokes an attester or one of its rules, restores it.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin attester revoke mayfly --rule prod-cluster --realm nevocoin \\",
      "      --reason 'the cluster was broken into'",
      "  ./mayfly admin attester restore mayfly --rule prod-cluster --realm nevocoin \\",
      "      --reason 'rebuilt'"
    })
final class AttesterCommands {
  private static final String RULE = "Only this rule of the attester.";

  private final Invocation invocation;

  AttesterCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "revoke", header = "Believes nothing of it; whatever stands on it ends at once.")
  int revoke(
      @Parameters(paramLabel = "ATTESTER", description = "Its name.") String attester,
      @Option(names = "--rule", paramLabel = "RULE", description = RULE) String rule,
      @Mixin ActOptions options) {
    return act(attester, rule, "revoke", "revoked", options);
  }

  @Command(name = "restore", header = "Believes it again; what ended stays ended.")
  int restore(
      @Parameters(paramLabel = "ATTESTER", description = "Its name.") String attester,
      @Option(names = "--rule", paramLabel = "RULE", description = RULE) String rule,
      @Mixin ActOptions options) {
    return act(attester, rule, "restore", "restored", options);
  }

  private int act(String attester, String rule, String act, String done, ActOptions options) {
    Map<String, Object> body = new LinkedHashMap<>(options.body());
    if (rule != null) {
      body.put("rule", rule);
    }
    return Ends.post(
        invocation,
        options,
        "/admin/api/realms/" + options.realm + "/attesters/" + Ends.segment(attester) + "/" + act,
        body,
        "attester %s%s is %s".formatted(attester, rule == null ? "" : ", rule " + rule, done));
  }
}
