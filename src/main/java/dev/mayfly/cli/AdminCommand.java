package dev.mayfly.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `./mayfly admin`: `login` and `logout`, the realms, the epoch, and the groups `people`,
/// `machine`, `approval`, `client`, `grant`, `instance`, `attester`, `attestation`, `keys` and
/// `audit`.
@Command(
    name = "admin",
    header = "Lists, suspends, revokes: clients, grants, instances, attesters, secrets, keys.",
    description = {
      "",
      "Speaks to the management port with the key in <home>/admin/credential.json; or, after login, to"
          + " any broker's public port in your own name.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin login --server https://broker.example",
      "  ./mayfly admin realms",
      "  ./mayfly admin client list --realm nevocoin",
      "  ./mayfly admin client suspend trading-bot --realm nevocoin --reason 'key leaked'",
      "  ./mayfly admin keys list",
      "  ./mayfly admin audit verify",
      "  ./mayfly admin epoch --reason 'restored from the backup of Monday'"
    })
final class AdminCommand {
  private final Invocation invocation;

  AdminCommand(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "realms", header = "Lists the realms.")
  int realms(@Mixin AdminOptions options) {
    return options.ask(invocation, admin -> admin.getList("/admin/api/realms"), this::print);
  }

  private void print(List<Map<String, Object>> realms) {
    Table table = new Table("REALM", "ISSUER", "CLIENTS");
    for (Map<String, Object> realm : realms) {
      Object clients = realm.get("clients");
      table.row(
          Table.cell(realm.get("realm")),
          Table.cell(realm.get("issuer")),
          Table.cell(clients instanceof List<?> list ? list.size() : clients));
    }
    table.print(invocation.out(), "");
  }

  @Command(
      name = "epoch",
      header = "After a restore from a backup: refuses every token and grant of before.",
      description = {
        "",
        "Revocations after the backup are gone with the database, so that nothing from before the"
            + " restore may count: every grant ends, every signing key is distrusted, new ones"
            + " sign at once. Every tool starts again with its own credentials.",
        ""
      })
  int epoch(@Mixin Reason reason, @Mixin AdminOptions options) {
    Map<String, Object> body = reason.body();
    return options.ask(
        invocation,
        admin -> admin.post("/admin/api/epoch", body),
        answer ->
            invocation
                .out()
                .printf(
                    "epoch %s: %s grants ended, %s keys distrusted%n",
                    Table.cell(answer.get("epoch")),
                    Table.cell(answer.get("grants_ended")),
                    Table.cell(answer.get("keys_distrusted"))));
  }
}
