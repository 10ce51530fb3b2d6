package dev.mayfly.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `./mayfly admin approval`: acts that wait for a second admin.
@Command(
    name = "approval",
    header = "Lists, approves and rejects acts that need a second admin.",
    description = {
      "",
      "Realms say with four_eyes which acts those are. Whoever asks for one first proposes it;",
      "somebody else approves it within a day, and with that it is done.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  ./mayfly admin approval list",
      "  ./mayfly admin approval show ID",
      "  ./mayfly admin approval approve ID --digest=DIGEST --reason 'seen the report'",
      "  ./mayfly admin approval reject ID --reason 'not before the audit'"
    })
final class ApprovalCommands {
  private static final String APPROVALS = "/admin/api/approvals";

  private final Invocation invocation;

  ApprovalCommands(Invocation invocation) {
    this.invocation = invocation;
  }

  @Command(name = "list", header = "Lists those of the last month, the newest first.")
  int list(
      @Option(names = "--pending", description = "Only those that wait.") boolean pending,
      @Mixin AdminOptions options) {
    return options.ask(
        invocation,
        admin ->
            admin.getList(APPROVALS).stream()
                .filter(one -> !pending || "pending".equals(one.get("state")))
                .toList(),
        this::print);
  }

  private void print(List<Map<String, Object>> approvals) {
    Times times = new Times(invocation.clock());
    Table table = new Table("ID", "REALM", "STATE", "PROPOSED BY", "EXPIRES", "WHAT");
    for (Map<String, Object> one : approvals) {
      table.row(
          Table.cell(one.get("approval_id")),
          Table.cell(one.get("realm")),
          Table.cell(one.get("state")),
          Table.cell(one.get("proposed_by")),
          times.reading(one.get("expires_at")),
          Table.cell(one.get("summary")));
    }
    table.print(invocation.out(), "");
  }

  @Command(
      name = "show",
      header = "Shows one, with all that would be done and the digest that approving it needs.")
  int show(
      @Parameters(paramLabel = "ID", description = "As in the list.") String id,
      @Mixin AdminOptions options) {
    return options.ask(invocation, admin -> admin.getObject(path(id)), this::print);
  }

  private void print(Map<String, Object> approval) {
    Table members = new Table();
    approval.forEach(
        (name, value) -> {
          if (!name.equals("act") && !name.equals("result")) {
            members.row(name, Table.cell(value));
          }
        });
    members.print(invocation.out(), "");
    for (String part : List.of("act", "result")) {
      if (approval.containsKey(part)) {
        invocation.out().println(part);
        invocation.out().println(Json.pretty(approval.get(part)));
      }
    }
  }

  @Command(name = "approve", header = "Does what somebody else has proposed.")
  int approve(
      @Parameters(paramLabel = "ID", description = "As in the list.") String id,
      @Option(
              names = "--digest",
              required = true,
              paramLabel = "DIGEST",
              description = "As show told it: that, and nothing else, is approved.")
          String digest,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    Map<String, Object> body = new LinkedHashMap<>(reason.body());
    body.put("digest", digest);
    return options.ask(invocation, admin -> admin.post(path(id) + "/approve", body), this::print);
  }

  @Command(name = "reject", header = "Refuses what was proposed, or takes it back.")
  int reject(
      @Parameters(paramLabel = "ID", description = "As in the list.") String id,
      @Mixin Reason reason,
      @Mixin AdminOptions options) {
    Map<String, Object> body = reason.body();
    return options.ask(invocation, admin -> admin.post(path(id) + "/reject", body), this::print);
  }

  private static String path(String id) {
    return APPROVALS + "/" + Ends.segment(id);
  }
}
