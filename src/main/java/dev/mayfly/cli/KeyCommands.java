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

  @Command(name = "list", header = "Lists keys, the oldest of each chain first.")
  int list(
      @Option(
              names = "--realm",
              paramLabel = "R",
              description = "Only this realm's; '*': the broker's own.")
          String realm,
      @Option(names = "--all", description = "Those that were destroyed as well.") boolean all,
      @Mixin AdminOptions options) {
    return options.ask(
        invocation,
        admin ->
            admin.getList(
                "/admin/api/keys"
                    + (realm == null
                        ? ""
                        : "?realm=" + URLEncoder.encode(realm, StandardCharsets.UTF_8))),
        keys -> print(keys, all));
  }

  private void print(List<Map<String, Object>> keys, boolean all) {
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
    return rotate(body, options.admin);
  }

  @Command(
      name = "rotate-own",
      header =
          "Makes the next of the broker's own keys: mac (secrets, refresh tokens), wrap, or audit"
              + " (checkpoints of the audit trail).")
  int rotateOwn(
      @Parameters(paramLabel = "PURPOSE", description = "mac, wrap or audit.") String purpose,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    Map<String, Object> body = new HashMap<>(reason.body());
    body.put("realm", "*");
    body.put("purpose", purpose);
    return rotate(body, options);
  }

  private int rotate(Map<String, Object> body, AdminOptions options) {
    Times times = new Times(invocation.clock());
    return options.ask(
        invocation,
        admin -> admin.postForList("/admin/api/keys/rotate", body),
        keys ->
            keys.forEach(
                key ->
                    invocation
                        .out()
                        .printf(
                            "key %s signs from %s%n",
                            Table.cell(key.get("kid")), times.reading(key.get("signs_from")))));
  }

  @Command(
      name = "rewrap",
      header =
          "Seals anew at once what an older wrap key sealed; the broker does it by itself too.")
  int rewrap(@Mixin Reason reason, @Mixin AdminOptions options) {
    Map<String, Object> body = reason.body();
    return options.ask(
        invocation,
        admin -> admin.post("/admin/api/keys/rewrap", body),
        answer -> invocation.out().printf("%s sealed anew%n", Table.cell(answer.get("rewrapped"))));
  }

  @Command(
      name = "retire",
      header = "Ends a key in good order: the announced one follows it, or replaces it.")
  int retire(
      @Parameters(paramLabel = "KID", description = "The key's kid.") String kid,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    return act(kid, "retire", reason, options);
  }

  @Command(
      name = "compromise",
      header = "Distrusts a key at once: whatever it signed is refused from now on.")
  int compromise(
      @Parameters(paramLabel = "KID", description = "The key's kid.") String kid,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    return act(kid, "compromise", reason, options);
  }

  private int act(String kid, String act, Reason reason, AdminOptions options) {
    String path = "/admin/api/keys/" + URLEncoder.encode(kid, StandardCharsets.UTF_8) + "/" + act;
    Map<String, Object> body = reason.body();
    return options.ask(invocation, admin -> admin.post(path, body), this::print);
  }

  private void print(Map<String, Object> key) {
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
}
