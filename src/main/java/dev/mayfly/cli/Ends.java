package dev.mayfly.cli;

import java.util.Map;

/// What the acts have in common that put an end to something by its name.
final class Ends {
  private Ends() {}

  /// A name as a part of a path. Errors: exit 2 for what cannot be one.
  static String segment(String name) {
    if (!name.matches("[A-Za-z0-9._~-]{1,256}")) {
      throw CliFailure.usage("not a name: " + Printable.line(name));
    }
    return name;
  }

  static int post(
      Invocation invocation,
      ActOptions options,
      String path,
      Map<String, Object> body,
      String done) {
    Map<String, Object> answer;
    try (AdminClient admin = AdminClient.open(invocation, options.admin)) {
      answer = admin.post(path, body);
    }
    if (options.admin.json) {
      invocation.out().println(Json.pretty(answer));
    } else {
      Object ended = answer.get("grants_ended");
      invocation
          .out()
          .println(done + (ended == null ? "" : ", grants ended: " + Table.cell(ended)));
    }
    return 0;
  }
}
