package dev.mayfly.cli;

import dev.mayfly.cli.Json.JsonMalformed;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Set;

/// Header and claims of an access token for people. Nothing is verified here.
record TokenReading(Map<String, Object> header, Map<String, Object> claims) {
  private static final Set<String> MOMENTS = Set.of("iat", "exp", "nbf", "auth_time");

  /// Errors: exit 3 when the text is no JWT.
  static TokenReading of(String jwt) {
    String[] parts = jwt.split("\\.", -1);
    try {
      if (parts.length == 3) {
        return new TokenReading(part(parts[0]), part(parts[1]));
      }
    } catch (IllegalArgumentException | JsonMalformed _) {
      // Said below, in one line.
    }
    throw CliFailure.unreachable("the access token is no JWT, so there is nothing to decode");
  }

  private static Map<String, Object> part(String base64Url) throws JsonMalformed {
    return Json.object(
        new String(Base64.getUrlDecoder().decode(base64Url), StandardCharsets.UTF_8));
  }

  void print(PrintWriter out, Clock clock) {
    Times times = new Times(clock);
    out.println("header");
    print(out, header, times);
    out.println("claims");
    print(out, claims, times);
  }

  private static void print(PrintWriter out, Map<String, Object> members, Times times) {
    Table table = new Table();
    members.forEach(
        (name, value) -> {
          if (MOMENTS.contains(name) && value instanceof Number seconds) {
            Instant moment = Instant.ofEpochSecond(seconds.longValue());
            table.row(name, seconds + "  " + times.localAndDistance(moment));
          } else {
            table.row(name, Table.cell(value));
          }
        });
    table.print(out, "  ");
  }
}
