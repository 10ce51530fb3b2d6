package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin instance`: the attested instances of a client, and the end of one.
@Command(
    name = "instance",
    header = "Lists the attested instances of a client, revokes one.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin instance list --realm nevocoin --client trading-bot",
      "  ./mayfly admin instance revoke <key> --realm nevocoin --client trading-bot \\",
      "      --reason 'the host was stolen'"
    })
final class InstanceCommands {
  private final Invocation invocation;

  InstanceCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "list", header = "Lists the instances of a client, latest attested first.")
  int list(
      @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
          RealmName realm,
      @Option(names = "--client", required = true, paramLabel = "C", description = "The client.")
          ClientId client,
      @Mixin AdminOptions options) {
    List<Map<String, Object>> instances;
    try (AdminClient admin = AdminClient.open(invocation, options)) {
      instances = admin.getList(instances(realm, client));
    }
    if (options.json) {
      invocation.out().println(Json.pretty(instances));
      return 0;
    }
    Times times = new Times(invocation.clock());
    Table table =
        new Table("KEY", "RULE", "EVIDENCE", "LEVEL", "SUBJECT", "ADDRESS", "SHOWN", "ATTESTED");
    for (Map<String, Object> instance : instances) {
      table.row(
          Table.cell(instance.get("jkt")),
          Table.cell(instance.get("rule")),
          Table.cell(instance.get("attestation")),
          Table.cell(instance.get("attestation_level")),
          Table.cell(instance.get("subject")),
          Table.cell(instance.get("address")),
          times.reading(instance.get("evidence_at")),
          times.reading(instance.get("attested_at")));
    }
    table.print(invocation.out(), "");
    return 0;
  }

  @Command(name = "revoke", header = "Retires an instance key: its tokens are refused at once.")
  int revoke(
      @Parameters(paramLabel = "KEY", description = "The thumbprint of its key.") String key,
      @Option(names = "--client", required = true, paramLabel = "C", description = "The client.")
          ClientId client,
      @Mixin ActOptions options) {
    return Ends.post(
        invocation,
        options,
        instances(options.realm, client) + "/" + Ends.segment(key) + "/revoke",
        options.body(),
        "instance " + key + " is revoked");
  }

  private static String instances(RealmName realm, ClientId client) {
    return "/admin/api/realms/" + realm + "/clients/" + client + "/instances";
  }
}
