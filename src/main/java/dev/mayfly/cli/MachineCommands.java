package dev.mayfly.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin machine`: admins that are programs.
@Command(
    name = "machine",
    header = "Makes admins that are machines; they come in by a key of their own.",
    description = {
      "",
      "Suspend, resume and remove them as people: ./mayfly admin people suspend NAME.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin machine new-key deploy --to deploy.key > deploy.jwks",
      "  ./mayfly admin machine add deploy --jwks deploy.jwks --role nevocoin=operator \\",
      "      --may 'POST /realms/:realm/clients/:client/suspend' --reason 'the pipeline'",
      "  ./mayfly admin client suspend bot --realm nevocoin --machine-key deploy.key \\",
      "      --reason 'its build failed'"
    })
final class MachineCommands {
  private final Invocation invocation;

  MachineCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  /// By what the machine is known.
  static final class Keys {
    @Option(
        names = "--jwks",
        paramLabel = "FILE",
        description = "A JWK set: public keys of the machine (private_key_jwt).")
    private Path jwks;

    @Option(
        names = "--certificate",
        paramLabel = "FILE",
        description = "The machine's certificate in PEM (mutual TLS).")
    private Path certificate;

    private Map<String, Object> body(Reason reason) {
      Map<String, Object> body = new LinkedHashMap<>(reason.body());
      if (certificate != null) {
        body.put("certificate", HomeFiles.read(certificate, "name the certificate's file"));
      } else {
        body.put("jwks", HomeFiles.readJson(jwks, "./mayfly admin machine new-key makes one"));
      }
      return body;
    }
  }

  @Command(name = "list", header = "Lists the machines.")
  int list(@Mixin AdminOptions options) {
    return options.ask(
        invocation,
        admin ->
            admin.getList("/admin/api/admins").stream()
                .filter(one -> one.get("machine") != null)
                .toList(),
        this::print);
  }

  private void print(List<Map<String, Object>> machines) {
    Times times = new Times(invocation.clock());
    Table table = new Table("NAME", "STATE", "ROLES", "BY", "KEYS", "MAY", "SIGNED IN");
    for (Map<String, Object> one : machines) {
      Map<String, Object> machine = Json.asObject(one.get("machine")).orElse(Map.of());
      table.row(
          Table.cell(one.get("name")),
          Table.cell(one.get("state")),
          PeopleCommands.roles(one),
          Table.cell(machine.get("by")),
          Table.cell(machine.get("keys")),
          Table.cell(machine.get("may")),
          times.reading(one.get("signed_in_at")));
    }
    table.print(invocation.out(), "");
  }

  @Command(
      name = "new-key",
      header = "Makes a key: the private half into a file, the public one on standard output.")
  int newKey(
      @Parameters(paramLabel = "NAME", description = "The machine's name.") String name,
      @Option(
              names = "--to",
              required = true,
              paramLabel = "FILE",
              description = "Where the private key goes, mode 0600.")
          Path file) {
    MachineKeyFile made = new MachineKeyFile(name, EcPrivateJwk.generate());
    made.write(file);
    invocation.out().println(Json.pretty(made.jwks()));
    return 0;
  }

  @Command(
      name = "add",
      header = "Makes a machine admin.",
      description = {
        "",
        "It may do what its roles allow and what asks no second factor of people; with --may, those"
            + " acts alone, also such as destroy something.",
        ""
      })
  int add(
      @Parameters(paramLabel = "NAME", description = "What the audit trail calls it.") String name,
      @ArgGroup(multiplicity = "1") Keys keys,
      @Mixin PeopleCommands.RoleOptions roles,
      @Option(
              names = "--may",
              paramLabel = "ROUTE",
              description =
                  "A route of the admin API, as in src/docs/contracts.md. May be there more than"
                      + " once.")
          List<String> may,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    Map<String, Object> body = keys.body(reason);
    body.put("name", name);
    body.put("roles", roles.roles());
    if (may != null) {
      body.put("may", may);
    }
    return change(options, "/admin/api/machines", body);
  }

  @Command(name = "keys", header = "Gives a machine other keys; those before count no more.")
  int keys(
      @Parameters(paramLabel = "NAME") String name,
      @ArgGroup(multiplicity = "1") Keys keys,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    return change(
        options, "/admin/api/machines/" + Ends.segment(name) + "/keys", keys.body(reason));
  }

  private int change(AdminOptions options, String path, Map<String, Object> body) {
    return options.ask(
        invocation,
        admin -> admin.post(path, body),
        answer ->
            invocation
                .out()
                .printf(
                    "%s is %s, with %s%n",
                    Table.cell(answer.get("name")),
                    Table.cell(answer.get("state")),
                    PeopleCommands.roles(answer)));
  }
}
