package dev.mayfly.cli;

import dev.mayfly.oauth.RealmName;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What every act of an admin takes: the realm, and the reason that the audit trail keeps.
final class ActOptions {
  @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
  RealmName realm;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, for the audit trail.")
  private String reason;

  @Mixin AdminOptions admin;

  Map<String, Object> body() {
    if (reason.isBlank()) {
      throw CliFailure.usage("--reason needs a text: the audit trail keeps it");
    }
    return Map.of("reason", reason);
  }
}
