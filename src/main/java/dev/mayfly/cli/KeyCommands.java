package dev.mayfly.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin keys`: the keys in the HSM, and what is done about them.
@Command(
    name = "keys",
    header = "Lists the keys in the HSM; rotates, retires, distrusts them.",
    description = {
      "",
      "Keys follow one another by themselves; see src/docs/runbook.md for when to help.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin keys list --realm nevocoin",
      "  ./mayfly admin keys rotate --realm nevocoin --reason 'yearly exercise'",
      "  ./mayfly admin keys compromise KID --reason 'the HSM was opened'"
    })
final class KeyCommands {
  private final Invocation invocation;

  KeyCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  /// The reason that the audit trail keeps, for acts that name no realm.
  static final class Reason {
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

  @Command(name = "list", header = "Lists keys, the oldest of each chain first.")
  int list(
      @Option(
              names = "--realm",
              paramLabel = "R",
              description = "Only this realm's; '*': the broker's own.")
          String realm,
      @Option(names = "--all", description = "Those that were destroyed as well.") boolean all,
      @Mixin AdminOptions options) {
    List<Map<String, Object>> keys;
    try (AdminClient admin = AdminClient.open(invocation, options)) {
      keys =
          admin.getList(
              "/admin/keys"
                  + (realm == null
                      ? ""
                      : "?realm=" + URLEncoder.encode(realm, StandardCharsets.UTF_8)));
    }
    if (options.json) {
      invocation.out().println(Json.pretty(keys));
      return 0;
    }
    Times times = new Times(invocation.clock());
    Table table =
        new Table(
            "REALM",
            "PURPOSE",
            "TOKEN",
            "ALG",
            "STATE",
            "AGE",
            "SIGNS FROM",
            "VERIFIES UNTIL",
            "NEXT ROLLOVER",
            "KID");
    for (Map<String, Object> key : keys) {
      if (all || !"destroyed".equals(key.get("state"))) {
        table.row(
            Table.cell(key.get("realm")),
            Table.cell(key.get("purpose")),
            Table.cell(key.get("token")),
            Table.cell(key.get("algorithm")),
            Table.cell(key.get("state")),
            Table.cell(key.get("age_days")) + " d",
            times.reading(key.get("signs_from")),
            times.reading(key.get("verifies_until")),
            days(key.get("next_rollover_at")),
            Table.cell(key.get("kid")));
      }
    }
    table.print(invocation.out(), "");
    return 0;
  }

  private String days(Object moment) {
    if (!(moment instanceof String text)) {
      return "-";
    }
    try {
      Duration left = Duration.between(invocation.clock().instant(), Instant.parse(text));
      return left.toDays() > 0
          ? "in %d d".formatted(left.toDays())
          : "in %d h %d min".formatted(left.toHours(), left.toMinutesPart());
    } catch (DateTimeParseException _) {
      return Printable.line(text);
    }
  }

  @Command(
      name = "rotate",
      header = "Lets the announced keys of a realm sign as soon as verifiers know them.")
  int rotate(
      @Mixin ActOptions options,
      @Option(
              names = "--purpose",
              paramLabel = "P",
              description = "access_token or client_attestation. Default: both.")
          String purpose) {
    Map<String, Object> body = new HashMap<>(options.body());
    body.put("realm", options.realm.value());
    if (purpose != null) {
      body.put("purpose", purpose);
    }
    List<Map<String, Object>> moved;
    try (AdminClient admin = AdminClient.open(invocation, options.admin)) {
      moved = admin.postForList("/admin/keys/rotate", body);
    }
    if (options.admin.json) {
      invocation.out().println(Json.pretty(moved));
      return 0;
    }
    Times times = new Times(invocation.clock());
    for (Map<String, Object> key : moved) {
      invocation
          .out()
          .printf(
              "key %s signs from %s%n",
              Table.cell(key.get("kid")), times.reading(key.get("signs_from")));
    }
    return 0;
  }

  @Command(
      name = "rotate-own",
      header = "Makes the next of the broker's own keys: mac (secrets, refresh tokens) or wrap.")
  int rotateOwn(
      @Parameters(paramLabel = "PURPOSE", description = "mac or wrap.") String purpose,
      @Mixin Reason reason) {
    Map<String, Object> body = new HashMap<>(reason.body());
    body.put("realm", "*");
    body.put("purpose", purpose);
    List<Map<String, Object>> made;
    try (AdminClient admin = AdminClient.open(invocation, reason.admin)) {
      made = admin.postForList("/admin/keys/rotate", body);
    }
    if (reason.admin.json) {
      invocation.out().println(Json.pretty(made));
      return 0;
    }
    Times times = new Times(invocation.clock());
    for (Map<String, Object> key : made) {
      invocation
          .out()
          .printf(
              "key %s from %s%n", Table.cell(key.get("kid")), times.reading(key.get("signs_from")));
    }
    return 0;
  }

  @Command(
      name = "rewrap",
      header =
          "Seals anew at once what an older wrap key sealed; the broker does it by itself too.")
  int rewrap(@Mixin Reason reason) {
    try (AdminClient admin = AdminClient.open(invocation, reason.admin)) {
      Map<String, Object> answer = admin.post("/admin/keys/rewrap", reason.body());
      if (reason.admin.json) {
        invocation.out().println(Json.pretty(answer));
      } else {
        invocation.out().printf("%s sealed anew%n", Table.cell(answer.get("rewrapped")));
      }
    }
    return 0;
  }

  @Command(
      name = "retire",
      header = "Ends a key in good order: the announced one follows it, or replaces it.")
  int retire(
      @Parameters(paramLabel = "KID", description = "The key's kid.") String kid,
      @Mixin Reason reason) {
    return act(kid, "retire", reason);
  }

  @Command(
      name = "compromise",
      header = "Distrusts a key at once: whatever it signed is refused from now on.")
  int compromise(
      @Parameters(paramLabel = "KID", description = "The key's kid.") String kid,
      @Mixin Reason reason) {
    return act(kid, "compromise", reason);
  }

  private int act(String kid, String act, Reason reason) {
    Map<String, Object> body = reason.body();
    Map<String, Object> key;
    try (AdminClient admin = AdminClient.open(invocation, reason.admin)) {
      key =
          admin.post(
              "/admin/keys/" + URLEncoder.encode(kid, StandardCharsets.UTF_8) + "/" + act, body);
    }
    if (reason.admin.json) {
      invocation.out().println(Json.pretty(key));
    } else {
      invocation
          .out()
          .printf(
              "key %s of %s is %s%s%n",
              Table.cell(key.get("kid")),
              Table.cell(key.get("realm")),
              Table.cell(key.get("state")),
              key.get("next_rollover_at") == null
                  ? ""
                  : ", the next one signs from "
                      + new Times(invocation.clock()).reading(key.get("next_rollover_at")));
    }
    return 0;
  }
}
