package dev.mayfly.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin people`: who the admins are, and their one-time links.
@Command(
    name = "people",
    header = "Lists, invites, suspends and removes admins; changes their roles.",
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin people list",
      "  ./mayfly admin people invite ann --role nevocoin=operator --reason 'joined the team'",
      "  ./mayfly admin people invite-again ann --reason 'lost every device'",
      "  ./mayfly admin people suspend ann --reason 'laptop stolen'"
    })
final class PeopleCommands {
  private static final String ADMINS = "/admin/api/admins";

  private final Invocation invocation;

  PeopleCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "list", header = "Lists the admins.")
  int list(@Mixin AdminOptions options) {
    return options.ask(invocation, admin -> admin.getList(ADMINS), this::print);
  }

  private void print(List<Map<String, Object>> people) {
    Times times = new Times(invocation.clock());
    Table table = new Table("NAME", "STATE", "ROLES", "PASSKEYS", "TOTP", "CODES", "SIGNED IN");
    for (Map<String, Object> one : people) {
      table.row(
          Table.cell(one.get("name")),
          Table.cell(one.get("state")),
          Table.cell(roles(one)),
          Table.cell(one.get("passkeys") instanceof List<?> list ? list.size() : 0),
          Table.cell(one.get("totp_since") == null ? "no" : "yes"),
          Table.cell(one.get("recovery_codes_left")),
          times.reading(one.get("signed_in_at")));
    }
    table.print(invocation.out(), "");
  }

  static String roles(Map<String, Object> one) {
    return Json.asObject(one.get("roles")).orElse(Map.of()).entrySet().stream()
        .map(role -> role.getKey() + "=" + role.getValue())
        .collect(Collectors.joining(" "));
  }

  /// `--role nevocoin=operator`, `--role '*=root'`.
  static final class RoleOptions {
    @Option(
        names = "--role",
        required = true,
        paramLabel = "REALM=ROLE",
        description =
            "auditor, operator or security_admin in a realm, or in all of them and the broker: *;"
                + " root for * only. May be there more than once.")
    private Map<String, String> roles;

    Map<String, String> roles() {
      return roles;
    }
  }

  @Command(
      name = "invite",
      header = "Makes an admin: prints a link that works once, for a day.",
      description = {
        "",
        "Whoever opens the link is that admin. Give it by a way that only that person reads.",
        ""
      })
  int invite(
      @Parameters(paramLabel = "NAME", description = "What the audit trail calls them.")
          String name,
      @Mixin RoleOptions roles,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    Map<String, Object> body = new LinkedHashMap<>(reason.body());
    body.put("name", name);
    body.put("roles", roles.roles);
    return link(options, ADMINS, body);
  }

  @Command(
      name = "invite-again",
      header = "A new link for an admin who has lost everything; what they had counts no more.")
  int inviteAgain(
      @Parameters(paramLabel = "NAME") String name,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    return link(options, path(name) + "/invitation", reason.body());
  }

  private int link(AdminOptions options, String path, Map<String, Object> body) {
    return options.ask(
        invocation,
        admin -> admin.post(path, body),
        answer -> invocation.out().println(Table.cell(answer.get("link"))));
  }

  @Command(name = "roles", header = "Gives an admin these roles in the place of the others.")
  int roles(
      @Parameters(paramLabel = "NAME") String name,
      @Mixin RoleOptions roles,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    Map<String, Object> body = new LinkedHashMap<>(reason.body());
    body.put("roles", roles.roles);
    return options.ask(
        invocation, admin -> admin.replace(path(name), path(name) + "/roles", body), this::print);
  }

  @Command(name = "suspend", header = "Signs an admin out everywhere, until resume.")
  int suspend(
      @Parameters(paramLabel = "NAME") String name,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    return change(options, path(name) + "/suspend", reason.body());
  }

  @Command(name = "resume", header = "Lets a suspended admin sign in again.")
  int resume(
      @Parameters(paramLabel = "NAME") String name,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    return change(options, path(name) + "/resume", reason.body());
  }

  @Command(name = "remove", header = "Removes an admin for good; the name is not given again.")
  int remove(
      @Parameters(paramLabel = "NAME") String name,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    return change(options, path(name) + "/remove", reason.body());
  }

  private int change(AdminOptions options, String path, Map<String, Object> body) {
    return options.ask(invocation, admin -> admin.post(path, body), this::print);
  }

  private void print(Map<String, Object> admin) {
    invocation
        .out()
        .printf(
            "%s is %s, with %s%n",
            Table.cell(admin.get("name")),
            Table.cell(admin.get("state")),
            Table.cell(roles(admin)));
  }

  private static String path(String name) {
    return ADMINS + "/" + Ends.segment(name);
  }
}
