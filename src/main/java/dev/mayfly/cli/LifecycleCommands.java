package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin registration`: clients beside those of the realm file, who may register them,
/// and the end of many at once.
@Command(
    name = "registration",
    header = "Registers and approves clients, ends secrets and many clients at once.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin registration add client.json --realm nevocoin --reason 'new tool'",
      "  ./mayfly admin registration approve tool-7 --realm nevocoin --reason 'looked at'",
      "  ./mayfly admin registration revoke-many --realm nevocoin --vendor Acme --dry-run",
      "  ./mayfly admin registration revoke-many --realm nevocoin --vendor Acme --reason breach",
      "  ./mayfly admin registration token --realm nevocoin --uses 5 --reason 'partner'"
    })
final class LifecycleCommands {
  private static final String WRITE =
      "Write it into FILE (mode 0600, nothing else in it) instead of stdout.";

  private final Invocation invocation;

  LifecycleCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "add",
      header = "Registers a client: what a realm file would say of it, as JSON.",
      description = "Its secret is shown once: on stdout, or in the file you name.")
  int add(
      @Parameters(paramLabel = "FILE", description = "The client, as JSON.") Path file,
      @Mixin ActOptions options,
      @Option(names = "--write", paramLabel = "FILE", description = WRITE) Path secret) {
    Map<String, Object> body = new LinkedHashMap<>(options.body());
    body.put("client", HomeFiles.readJson(file, "name a file with the client as JSON"));
    try (AdminClient admin = AdminClient.open(invocation, options.admin);
        SecretDelivery delivery =
            SecretDelivery.open(Optional.ofNullable(secret), Optional.empty())) {
      Map<String, Object> answer =
          admin.post("/admin/api/realms/" + options.realm + "/clients", body);
      if (answer.containsKey("client_secret")) {
        delivery.deliver(answer, "client_secret", options.admin.json, invocation.out());
      } else if (options.admin.json) {
        invocation.out().println(Json.pretty(answer));
      }
      invocation.note(
          "%s is registered and %s"
              .formatted(Table.cell(answer.get("client_id")), Table.cell(answer.get("state"))));
    }
    return 0;
  }

  @Command(name = "approve", header = "Lets a client in that waits for it.")
  int approve(
      @Parameters(paramLabel = "CLIENT", description = "The client id.") ClientId client,
      @Mixin ActOptions options) {
    return Ends.post(
        invocation,
        options,
        "/admin/api/realms/%s/clients/%s/approve".formatted(options.realm, client),
        options.body(),
        client + " is active");
  }

  @Command(
      name = "revoke-secret",
      header = "Ends one secret, and the grants that it may have opened.",
      description = "./mayfly admin client show CLIENT --json has the ids.")
  int revokeSecret(
      @Parameters(index = "0", paramLabel = "CLIENT", description = "The client id.")
          ClientId client,
      @Parameters(index = "1", paramLabel = "SECRET", description = "The id of the secret.")
          String secret,
      @Mixin PreviewOptions options) {
    return options.post(
        invocation,
        "/clients/%s/secrets/%s/revoke".formatted(client, Ends.segment(secret)),
        Map.of());
  }

  @Command(
      name = "revoke-many",
      header = "Ends every client of a vendor, or everything issued since a moment.")
  int revokeMany(
      @Option(names = "--vendor", paramLabel = "V", description = "All clients with this label.")
          String vendor,
      @Option(
              names = "--since",
              paramLabel = "T",
              description = "Grants opened or refreshed since, such as 2026-11-22T03:00:00Z.")
          String since,
      @Option(names = "--client", paramLabel = "C", description = "With --since: only of this one.")
          ClientId client,
      @Mixin PreviewOptions options) {
    Map<String, Object> which = new LinkedHashMap<>();
    put(which, "vendor", vendor);
    put(which, "since", since);
    put(which, "client", client == null ? null : client.value());
    return options.post(invocation, "/revocations", which);
  }

  private static void put(Map<String, Object> body, String name, String value) {
    if (value != null) {
      body.put(name, value);
    }
  }

  @Command(
      name = "token",
      header = "Makes an initial access token: who has it may register clients.",
      description = "It is shown once: on stdout, or in the file you name.")
  int token(
      @Option(
              names = "--uses",
              paramLabel = "N",
              defaultValue = "1",
              description = "How many clients. Default: ${DEFAULT-VALUE}.")
          int uses,
      @Option(
              names = "--hours",
              paramLabel = "H",
              defaultValue = "24",
              description = "How long it is good. Default: ${DEFAULT-VALUE}.")
          int hours,
      @Option(
              names = "--scope",
              paramLabel = "S",
              description = "Only these scopes; may be repeated.")
          List<String> scopes,
      @Option(names = "--write", paramLabel = "FILE", description = WRITE) Path file,
      @Mixin ActOptions options) {
    Map<String, Object> body = new LinkedHashMap<>(options.body());
    body.put("uses", uses);
    body.put("lifetime_seconds", hours * 3600L);
    if (scopes != null) {
      body.put("scopes", scopes);
    }
    try (AdminClient admin = AdminClient.open(invocation, options.admin);
        SecretDelivery delivery =
            SecretDelivery.open(Optional.ofNullable(file), Optional.empty())) {
      Map<String, Object> answer = admin.post(tokens(options.realm), body);
      delivery.deliver(answer, "initial_access_token", options.admin.json, invocation.out());
      invocation.note(
          "token %s is good for %d clients until %s"
              .formatted(
                  Table.cell(answer.get("token_id")),
                  uses,
                  new Times(invocation.clock()).reading(answer.get("expires_at"))));
    }
    return 0;
  }

  @Command(name = "tokens", header = "Lists the initial access tokens of a realm.")
  int tokens(
      @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
          RealmName realm,
      @Mixin AdminOptions options) {
    return options.ask(invocation, admin -> admin.getList(tokens(realm)), this::print);
  }

  private void print(List<Map<String, Object>> tokens) {
    Times times = new Times(invocation.clock());
    Table table = new Table("TOKEN", "GOOD", "USES LEFT", "EXPIRES", "BY", "REASON");
    for (Map<String, Object> token : tokens) {
      table.row(
          Table.cell(token.get("token_id")),
          Table.cell(token.get("good")),
          Table.cell(token.get("uses_left")),
          times.reading(token.get("expires_at")),
          Table.cell(token.get("created_by")),
          Table.cell(token.get("reason")));
    }
    table.print(invocation.out(), "");
  }

  @Command(name = "revoke-token", header = "Ends an initial access token.")
  int revokeToken(
      @Parameters(paramLabel = "TOKEN", description = "Its id.") String token,
      @Mixin ActOptions options) {
    return Ends.post(
        invocation,
        options,
        tokens(options.realm) + "/" + Ends.segment(token) + "/revoke",
        options.body(),
        "token " + token + " is over");
  }

  private static String tokens(RealmName realm) {
    return "/admin/api/realms/" + realm + "/initial-access-tokens";
  }
}
