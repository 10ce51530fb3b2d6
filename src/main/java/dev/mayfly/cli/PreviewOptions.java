package dev.mayfly.cli;

import dev.mayfly.oauth.RealmName;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What an act takes that can be asked what it would end: a reason, or `--dry-run`.
final class PreviewOptions {
  @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
  RealmName realm;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "Why; it goes into the audit trail.")
  private String reason;

  @Option(names = "--dry-run", description = "Say what would end, and change nothing.")
  private boolean dryRun;

  @Option(
      names = "--seen",
      paramLabel = "TAG",
      description = "What --dry-run said: nothing ends if other clients are reached by now.")
  private String seen;

  @Mixin AdminOptions admin;

  boolean isDryRun() {
    return dryRun;
  }

  /// Errors: exit 2 when neither a reason nor `--dry-run` is given.
  Map<String, Object> body() {
    if (dryRun) {
      return Map.of("dry_run", true);
    }
    if (reason == null || reason.isBlank()) {
      throw CliFailure.usage("--reason needs a text: the audit trail keeps it; or --dry-run");
    }
    return Map.of("reason", reason);
  }

  /// `path` is below the realm's.
  int post(Invocation invocation, String path, Map<String, Object> which) {
    Map<String, Object> body = new LinkedHashMap<>(which);
    body.putAll(body());
    return admin.ask(
        invocation,
        broker -> broker.postSeen("/admin/api/realms/" + realm + path, body, tag()),
        answer -> {
          invocation
              .out()
              .printf(
                  "%s: %s clients, %s grants, %s refresh tokens, %s access tokens%n",
                  dryRun ? "would end" : "ended",
                  Table.cell(answer.get("clients")),
                  Table.cell(answer.get("grants_ended")),
                  Table.cell(answer.get("refresh_tokens")),
                  Table.cell(answer.get("access_tokens")));
          if (dryRun && answer.get("etag") instanceof String tag) {
            invocation.out().printf("these and no others: --seen %s%n", tag.replace("\"", ""));
          }
        });
  }

  /// A shell takes the quotes of a tag.
  private Optional<String> tag() {
    return Optional.ofNullable(seen).map(text -> '"' + text.replace("\"", "") + '"');
  }
}
