package dev.mayfly.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `./mayfly admin`: the realms, and the groups `client` and `grant`.
@Command(
    name = "admin",
    header = "Lists, suspends, revokes: clients, grants, secrets.",
    description = {
      "",
      "Speaks to the management port with the key in <home>/admin/credential.json.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin realms",
      "  ./mayfly admin client list --realm nevocoin",
      "  ./mayfly admin client suspend trading-bot --realm nevocoin --reason 'key leaked'"
    })
final class AdminCommand {
  private final Invocation invocation;

  AdminCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "realms", header = "Lists the realms.")
  int realms(@Mixin AdminOptions options) {
    List<Map<String, Object>> realms;
    try (AdminClient admin = AdminClient.open(invocation, options)) {
      realms = admin.getList("/admin/realms");
    }
    if (options.json) {
      invocation.out().println(Json.pretty(realms));
      return 0;
    }
    Table table = new Table("REALM", "ISSUER", "CLIENTS");
    for (Map<String, Object> realm : realms) {
      Object clients = realm.get("clients");
      table.row(
          Table.cell(realm.get("realm")),
          Table.cell(realm.get("issuer")),
          Table.cell(clients instanceof List<?> list ? list.size() : clients));
    }
    table.print(invocation.out(), "");
    return 0;
  }
}
