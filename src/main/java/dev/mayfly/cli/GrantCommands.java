package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin grant`: the live grants of a realm, and the end of one.
@Command(
    name = "grant",
    header = "Lists live grants, revokes one.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin grant list --realm nevocoin --client trading-bot",
      "  ./mayfly admin grant revoke 0f8f5a52-6c1e-4a71-8a5e-3c1f0d6f9b11 --realm nevocoin \\",
      "      --reason 'unknown address'"
    })
final class GrantCommands {
  private final Invocation invocation;

  GrantCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "list", header = "Lists live grants, newest first, a page at a time.")
  int list(
      @Option(names = "--realm", required = true, paramLabel = "R", description = "The realm.")
          RealmName realm,
      @Option(names = "--client", paramLabel = "C", description = "Only those of this client.")
          ClientId client,
      @Option(names = "--address", paramLabel = "A", description = "Only from this address.")
          String address,
      @Option(names = "--country", paramLabel = "CC", description = "Only from this country.")
          String country,
      @Option(names = "--younger-than", paramLabel = "T", description = "Such as 15m, 8h or 2d.")
          String youngerThan,
      @Option(names = "--older-than", paramLabel = "T", description = "Such as 15m, 8h or 2d.")
          String olderThan,
      @Option(
              names = "--after",
              paramLabel = "X",
              description = "Where to begin: created_at of the last one, _, and its id.")
          String after,
      @Option(names = "--limit", paramLabel = "N", description = "At most so many. Default: 500.")
          Integer limit,
      @Mixin AdminOptions options) {
    QueryParameters parameters =
        new QueryParameters()
            .with("client", client)
            .with("address", address)
            .with("country", country)
            .with("younger_than", youngerThan)
            .with("older_than", olderThan)
            .with("after", after)
            .with("limit", limit);
    return options.ask(invocation, admin -> admin.getList(grants(realm) + parameters), this::print);
  }

  private void print(List<Map<String, Object>> grants) {
    Times times = new Times(invocation.clock());
    Table table =
        new Table(
            "GRANT",
            "CLIENT",
            "SCOPE",
            "ADDRESS",
            "COUNTRY",
            "CREATED",
            "ENDS",
            "REFRESHES",
            "INSTANCE");
    for (Map<String, Object> grant : grants) {
      table.row(
          Table.cell(grant.get("grant_id")),
          Table.cell(grant.get("client_id")),
          Table.cell(grant.get("scope")),
          Table.cell(grant.get("address")),
          Table.cell(grant.get("country")),
          times.reading(grant.get("created_at")),
          times.reading(grant.get("ends_at")),
          Table.cell(grant.get("refresh_generation")),
          Table.cell(grant.get("instance_jkt")));
    }
    table.print(invocation.out(), "");
  }

  @Command(name = "revoke", header = "Ends a grant: its tokens are refused at once.")
  int revoke(
      @Parameters(paramLabel = "GRANT", description = "The grant id.") GrantId grant,
      @Mixin ActOptions options) {
    Map<String, Object> body = options.body();
    return options.admin.ask(
        invocation,
        admin -> admin.post(grants(options.realm) + "/" + grant + "/revoke", body),
        answer ->
            invocation
                .out()
                .printf(
                    Boolean.TRUE.equals(answer.get("revoked"))
                        ? "grant %s is revoked%n"
                        : "grant %s had ended before%n",
                    grant));
  }

  private static String grants(RealmName realm) {
    return "/admin/api/realms/" + realm + "/grants";
  }
}
