package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin client`: what clients there are, and the acts on one of them.
@Command(
    name = "client",
    header = "Lists clients, suspends or revokes one, gives it a new secret.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin client list --realm nevocoin",
      "  ./mayfly admin client show trading-bot --realm nevocoin --json",
      "  ./mayfly admin client revoke trading-bot --realm nevocoin --reason 'vendor breached'",
      "  ./mayfly admin client rotate-secret trading-bot --realm nevocoin --reason 'due' --demo"
    })
final class ClientCommands {
  private static final String WRITE =
      "Write it into FILE (mode 0600, nothing else in it) instead of stdout.";

  private final Invocation invocation;

  ClientCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(
      name = "list",
      header = "Lists the clients of a realm, by their names, a page at a time.",
      description = "The next page begins --after the last client of the one before.")
  int list(
      @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
          RealmName realm,
      @Option(
              names = "--search",
              paramLabel = "TEXT",
              description = "In name, vendor, description.")
          String text,
      @Option(names = "--vendor", paramLabel = "V", description = "Only of this vendor.")
          String vendor,
      @Option(names = "--state", paramLabel = "S", description = "Only in this state.")
          String state,
      @Option(names = "--after", paramLabel = "C", description = "Where to begin.") String after,
      @Option(names = "--limit", paramLabel = "N", description = "At most so many. Default: 500.")
          Integer limit,
      @Mixin AdminOptions options) {
    QueryParameters parameters =
        new QueryParameters()
            .with("q", text)
            .with("vendor", vendor)
            .with("state", state)
            .with("after", after)
            .with("limit", limit);
    return options.ask(
        invocation, admin -> admin.getList(clients(realm) + parameters), this::printAll);
  }

  private void printAll(List<Map<String, Object>> clients) {
    Table table =
        new Table(
            "CLIENT",
            "KIND",
            "STATE",
            "VENDOR",
            "AUTHENTICATION",
            "ATTESTATION",
            "SECRETS",
            "GRANTS",
            "SCOPES");
    for (Map<String, Object> client : clients) {
      table.row(
          Table.cell(client.get("client_id")),
          Table.cell(client.get("kind")),
          Table.cell(client.get("state")),
          Table.cell(client.get("vendor")),
          Table.cell(client.get("token_endpoint_auth_methods")),
          attestation(client),
          count(client.get("secrets")),
          count(client.get("grants")),
          Table.cell(client.get("scopes")));
    }
    table.print(invocation.out(), "");
  }

  @Command(name = "show", header = "Shows one client: policy, secrets, instances.")
  int show(
      @Parameters(paramLabel = "CLIENT", description = "The client id.") ClientId client,
      @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
          RealmName realm,
      @Mixin AdminOptions options) {
    return options.ask(
        invocation, admin -> admin.getObject(clients(realm) + "/" + client), this::print);
  }

  private void print(Map<String, Object> client) {
    Times times = new Times(invocation.clock());
    Table members = new Table();
    client.forEach(
        (name, value) -> {
          if (name.equals("attestation")) {
            members.row(name, attestation(client));
          } else if (name.endsWith("_at")) {
            members.row(name, times.reading(value));
          } else if (!name.equals("instances")) {
            members.row(name, Table.cell(value));
          }
        });
    members.print(invocation.out(), "");
    List<Map<String, Object>> instances = Json.objects(client.get("instances"));
    if (instances.isEmpty()) {
      return;
    }
    invocation.out().println("instances");
    Table table = new Table("KEY", "ATTESTER", "ADDRESS", "ATTESTED");
    for (Map<String, Object> instance : instances) {
      table.row(
          Table.cell(instance.get("jkt")),
          Table.cell(instance.get("attester")),
          Table.cell(instance.get("address")),
          times.reading(instance.get("attested_at")));
    }
    table.print(invocation.out(), "  ");
  }

  @Command(name = "suspend", header = "Refuses a client until it is resumed.")
  int suspend(
      @Parameters(paramLabel = "CLIENT", description = "The client id.") ClientId client,
      @Mixin ActOptions options) {
    return act(client, "suspend", options);
  }

  @Command(name = "resume", header = "Lets a suspended client in again.")
  int resume(
      @Parameters(paramLabel = "CLIENT", description = "The client id.") ClientId client,
      @Mixin ActOptions options) {
    return act(client, "resume", options);
  }

  @Command(name = "revoke", header = "Ends the registration of a client and all its grants.")
  int revoke(
      @Parameters(paramLabel = "CLIENT", description = "The client id.") ClientId client,
      @Mixin PreviewOptions options) {
    return options.isDryRun()
        ? options.post(invocation, "/clients/" + client + "/revoke", Map.of())
        : act(client, "revoke", options.realm, options.admin, options.body());
  }

  private int act(ClientId client, String act, ActOptions options) {
    return act(client, act, options.realm, options.admin, options.body());
  }

  private int act(
      ClientId client,
      String act,
      RealmName realm,
      AdminOptions options,
      Map<String, Object> body) {
    String path = clients(realm) + "/" + client + "/" + act;
    return options.ask(
        invocation,
        admin -> admin.post(path, body),
        answer ->
            invocation
                .out()
                .printf(
                    "%s is %s; %s%n",
                    client,
                    Table.cell(answer.get("state")),
                    ended(Json.number(answer, "grants_ended").orElse(0L))));
  }

  private static String ended(long grants) {
    return grants == 0
        ? "no grant ended"
        : grants == 1 ? "1 grant ended" : grants + " grants ended";
  }

  @Command(
      name = "rotate-secret",
      header = "Gives a client a new secret; the previous one stays valid for the overlap.",
      description = "The new secret is shown once: on stdout, or in the files you name.")
  int rotateSecret(
      @Parameters(paramLabel = "CLIENT", description = "The client id.") ClientId client,
      @Mixin ActOptions options,
      @Option(names = "--write", paramLabel = "FILE", description = WRITE) Path file,
      @Option(names = "--demo", description = "Put it into <home>/demo/R/CLIENT.json instead.")
          boolean demo) {
    Map<String, Object> body = options.body();
    CredentialsFile demoFile = invocation.home().credentials(options.realm, client);
    Map<String, Object> answer;
    try (AdminClient admin = AdminClient.open(invocation, options.admin);
        SecretDelivery delivery =
            SecretDelivery.open(
                Optional.ofNullable(file), demo ? Optional.of(demoFile) : Optional.empty())) {
      answer = admin.post(clients(options.realm) + "/" + client + "/rotate-secret", body);
      delivery.deliver(answer, "client_secret", options.admin.json, invocation.out());
    }
    Times times = new Times(invocation.clock());
    invocation.note(
        "%s has a new secret until %s; the previous one works until %s"
            .formatted(
                client,
                times.reading(answer.get("expires_at")),
                times.reading(answer.get("previous_valid_until"))));
    if (!demo && demoFile.exists()) {
      invocation.note(demoFile.path() + " still has the previous secret; --demo updates it");
    }
    return 0;
  }

  @Command(
      name = "join-secret",
      header = "Makes a one-time secret with which a new instance of a client joins.",
      description = "It is shown once. ./mayfly attest --join-secret-file uses it.")
  int joinSecret(
      @Parameters(paramLabel = "CLIENT", description = "The client id.") ClientId client,
      @Mixin ActOptions options,
      @Option(names = "--write", paramLabel = "FILE", description = WRITE) Path file) {
    Map<String, Object> body = options.body();
    Map<String, Object> answer;
    try (AdminClient admin = AdminClient.open(invocation, options.admin);
        SecretDelivery delivery =
            SecretDelivery.open(Optional.ofNullable(file), Optional.empty())) {
      answer = admin.post(clients(options.realm) + "/" + client + "/join-secret", body);
      delivery.deliver(answer, "join_secret", options.admin.json, invocation.out());
    }
    invocation.note(
        "a join secret for %s, good once until %s"
            .formatted(client, new Times(invocation.clock()).reading(answer.get("expires_at"))));
    return 0;
  }

  private static String clients(RealmName realm) {
    return "/admin/api/realms/" + realm + "/clients";
  }

  /// Whoever reads the list must see which clients prove less. A resource server gets no tokens,
  /// so there is nothing for it to prove.
  private static String attestation(Map<String, Object> client) {
    Object attestation = client.get("attestation");
    return "none".equals(attestation) && !"resource_server".equals(client.get("kind"))
        ? "none (weaker)"
        : Table.cell(attestation);
  }

  private static String count(Object value) {
    return Table.cell(value instanceof List<?> list ? list.size() : value);
  }
}
