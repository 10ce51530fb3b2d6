package dev.mayfly.cli;

import dev.mayfly.cli.Json.JsonMalformed;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.RealmName;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./mayfly admin audit`: reads the audit trail, exports it, and verifies that nobody has touched
/// it.
@Command(
    name = "audit",
    header = "Reads the audit trail, exports it, verifies that it is whole.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin audit list --realm nevocoin --client trading-bot",
      "  ./mayfly admin audit list --severity alert --from 2026-11-22T00:00:00Z",
      "  ./mayfly admin audit tail",
      "  ./mayfly admin audit verify",
      "  ./mayfly admin audit export --output trail.jsonl",
      "  ./mayfly admin audit verify --file trail.jsonl --keys audit-keys.json"
    })
final class AuditCommands {
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final int MOST_LOOKS = 50;
  private static final Set<String> IN_COLUMNS =
      Set.of(
          "event_id",
          "place",
          "at",
          "realm",
          "event",
          "severity",
          "client_id",
          "address",
          "country");

  private final Invocation invocation;

  AuditCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  /// What is looked for.
  static final class Filters {
    @Option(names = "--realm", paramLabel = "R", description = "Only of this realm.")
    private RealmName realm;

    @Option(names = "--client", paramLabel = "C", description = "Only of this client.")
    private ClientId client;

    @Option(names = "--grant", paramLabel = "G", description = "Only of this grant.")
    private GrantId grant;

    @Option(names = "--address", paramLabel = "A", description = "Only from this address.")
    private String address;

    @Option(names = "--country", paramLabel = "CC", description = "Only from this country.")
    private String country;

    @Option(names = "--event", paramLabel = "E", description = "Only events of this kind.")
    private String event;

    @Option(names = "--severity", paramLabel = "S", description = "info, warning or alert.")
    private String severity;

    @Option(names = "--from", paramLabel = "TIME", description = "Not before this time (UTC).")
    private String from;

    @Option(names = "--until", paramLabel = "TIME", description = "Before this time (UTC).")
    private String until;

    @Option(names = "--after", paramLabel = "ID", description = "Go on where a list ended.")
    private String after;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "50",
        description = "At most so many, 500 at most. Default: ${DEFAULT-VALUE}.")
    private int limit;

    private String path(String after, int limit) {
      SequencedMap<String, Object> values = new LinkedHashMap<>();
      values.put("client", client);
      values.put("grant", grant);
      values.put("address", address);
      values.put("country", country);
      values.put("event", event);
      values.put("severity", severity);
      values.put("from", from);
      values.put("until", until);
      values.put("after", after);
      values.put("limit", limit);
      String query =
          values.entrySet().stream()
              .filter(value -> value.getValue() != null)
              .map(value -> value.getKey() + "=" + encoded(value.getValue().toString()))
              .collect(Collectors.joining("&"));
      return "/admin/api" + (realm == null ? "" : "/realms/" + realm) + "/audit?" + query;
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Command(
      name = "list",
      header = "Lists rows, newest first.",
      description = {
        "",
        "The broker looks at 20,000 rows at a time; for what is rare it is asked on for a million,"
            + " then the list says where to go on: --after.",
        ""
      })
  int list(@Mixin Filters filters, @Mixin AdminOptions options) {
    return options.ask(
        invocation,
        admin -> looks(admin, filters),
        answer -> {
          print(Json.objects(answer.get("rows")));
          Json.string(answer, "after")
              .ifPresent(after -> invocation.note("there may be more: --after " + after));
        });
  }

  /// As many as are asked for, by as many questions as that takes.
  private static Map<String, Object> looks(AdminClient admin, Filters filters) {
    List<Map<String, Object>> rows = new ArrayList<>();
    String after = filters.after;
    for (int look = 0; look < MOST_LOOKS && rows.size() < filters.limit; look++) {
      Map<String, Object> answer =
          admin.getObject(filters.path(after, filters.limit - rows.size()));
      rows.addAll(Json.objects(answer.get("rows")));
      after = Json.string(answer, "after").orElse(null);
      if (after == null) {
        break;
      }
    }
    SequencedMap<String, Object> all = new LinkedHashMap<>();
    all.put("rows", rows);
    all.put("after", after);
    return all;
  }

  private void print(List<Map<String, Object>> rows) {
    Times times = new Times(invocation.clock());
    Table table = new Table("AT", "EVENT", "SEVERITY", "REALM", "CLIENT", "FROM", "WHAT");
    rows.forEach(row -> table.row(cells(times, row)));
    table.print(invocation.out(), "");
    invocation.out().flush();
  }

  private static String[] cells(Times times, Map<String, Object> row) {
    Object country = row.get("country");
    return new String[] {
      times.reading(row.get("at")),
      Table.cell(row.get("event")),
      Table.cell(row.get("severity")),
      Table.cell(row.get("realm")),
      Table.cell(row.get("client_id")),
      Table.cell(row.get("address")) + (country == null ? "" : " " + Table.cell(country)),
      what(row)
    };
  }

  /// What no column has, as `name=value`.
  private static String what(Map<String, Object> row) {
    SequencedMap<String, Object> rest = new LinkedHashMap<>(row);
    IN_COLUMNS.forEach(rest::remove);
    Json.asObject(rest.remove("detail")).ifPresent(rest::putAll);
    return rest.entrySet().stream()
        .filter(member -> member.getValue() != null && !"".equals(member.getValue()))
        .map(member -> member.getKey() + "=" + Table.cell(member.getValue()))
        .collect(Collectors.joining(" "));
  }

  @Command(
      name = "tail",
      header = "Shows the newest rows and then each new one, in the order of the commits.")
  int tail(
      @Option(
              names = "--lines",
              paramLabel = "N",
              defaultValue = "20",
              description = "How many of those that are there. Default: ${DEFAULT-VALUE}.")
          int lines,
      @Option(names = "--no-follow", description = "End after those.") boolean ends,
      @Mixin AdminOptions options) {
    try (AdminClient admin = AdminClient.open(invocation, options)) {
      Map<String, Object> newest = admin.getObject("/admin/api/audit?limit=" + lines);
      List<Map<String, Object>> rows = new ArrayList<>(Json.objects(newest.get("rows")));
      show(rows.reversed(), options.json);
      String position = "";
      for (Map<String, Object> row : rows) {
        position = later(position, row);
      }
      while (!ends) {
        Thread.sleep(LOOK);
        Map<String, Object> more =
            admin.getObject(
                "/admin/api/audit/rows" + (position.isEmpty() ? "" : "?after=" + position));
        show(Json.objects(more.get("rows")), options.json);
        position = Json.string(more, "after").orElse(position);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  /// The later of two positions; the newest row need not be the one that was committed last.
  private static String later(String position, Map<String, Object> row) {
    long place = Json.number(row, "place").orElse(0L);
    String other = place + "." + Json.string(row, "event_id").orElse("");
    if (position.isEmpty()) {
      return other;
    }
    int dot = position.indexOf('.');
    int order = Long.compare(Long.parseLong(position.substring(0, dot)), place);
    boolean isLater = order > 0 || (order == 0 && position.compareTo(other) > 0);
    return isLater ? position : other;
  }

  private void show(List<Map<String, Object>> rows, boolean json) {
    Times times = new Times(invocation.clock());
    for (Map<String, Object> row : rows) {
      invocation
          .out()
          .println(json ? Json.compact(row) : Printable.line(String.join("  ", cells(times, row))));
    }
    invocation.out().flush();
  }

  @Command(
      name = "export",
      header = "Writes the whole trail with its checkpoints as JSON lines.",
      description = {"", "What it writes is what `verify --file` reads.", ""})
  int export(
      @Option(
              names = "--output",
              paramLabel = "FILE",
              description = "Into this file, readable by you alone. Default: standard output.")
          Path output,
      @Mixin AdminOptions options) {
    try (AdminClient admin = AdminClient.open(invocation, options);
        InputStream trail = admin.stream("/admin/api/audit/export")) {
      if (output == null) {
        copy(trail, new TextStream(invocation.out()));
      } else {
        HomeFiles.writePrivately(output, file -> copy(trail, file));
      }
    } catch (IOException broken) {
      throw CliFailure.unreachable("the export ended early: it is not the whole trail");
    }
    return 0;
  }

  private static void copy(InputStream from, OutputStream to) throws IOException {
    from.transferTo(to);
    to.flush();
  }

  /// How the trail is verified, and against what.
  static final class Evidence {
    @Option(
        names = "--keys",
        paramLabel = "JWKS",
        description =
            "Public keys that you have from elsewhere. Default: those that the broker or the"
                + " export names.")
    private Path keys;

    @Option(
        names = "--expect",
        paramLabel = "NUMBER:HASH",
        description =
            "A checkpoint that must be there: from a line of the log, or an earlier verification.")
    private List<String> expected = List.of();

    @ArgGroup private Source source = new Source();
  }

  /// From where the trail comes.
  static final class Source {
    @Option(
        names = "--file",
        paramLabel = "EXPORT",
        description = "An export. Default: the broker is asked for one.")
    private Path file;

    @Option(
        names = "--accept-restore",
        description =
            "After a restore from a backup: do not hold the trail against what this home has seen.")
    private boolean acceptRestore;
  }

  @Command(
      name = "verify",
      header = "Recomputes every checkpoint and says whether anything was touched.",
      description = {
        "",
        "Exit code 0: whole. 1: somebody has edited, deleted, moved or inserted a row, or changed"
            + " the chain of checkpoints. 3: the trail could not be read to its end. The newest"
            + " checkpoint is kept in the home: the next verification finds a chain that was cut.",
        ""
      })
  int verify(@Mixin Evidence evidence, @Mixin AdminOptions options) {
    AuditVerification verification =
        new AuditVerification(invocation, evidence.keys, evidence.expected, options.json);
    if (evidence.source.file != null) {
      return verification.ofFile(evidence.source.file);
    }
    try (AdminClient admin = AdminClient.open(invocation, options);
        InputStream trail = admin.stream("/admin/api/audit/export")) {
      return verification.ofBroker(trail, evidence.source.acceptRestore);
    } catch (IOException broken) {
      throw AuditVerification.cutShort();
    }
  }

  @Command(name = "keys", header = "Prints the public keys of the trail, a JWK set.")
  int keys(@Mixin AdminOptions options) {
    Map<String, Object> keys;
    try (AdminClient admin = AdminClient.open(invocation, options)) {
      keys = admin.getObject("/admin/api/audit/keys");
    }
    invocation.out().println(Json.pretty(keys));
    return 0;
  }

  /// What this home has seen of the chain; nothing at first.
  static List<String> seen(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      return Json.string(Json.object(HomeFiles.read(file, "")), "checkpoint").stream().toList();
    } catch (JsonMalformed malformed) {
      throw CliFailure.unreachable("%s: %s".formatted(file, malformed.getMessage()));
    }
  }
}
