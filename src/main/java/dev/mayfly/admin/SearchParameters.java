package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mayfly.ledger.ClientSearch;
import dev.mayfly.ledger.GrantQueries;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.network.IpLiteral;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The parameters of lists. What is not understood is refused, and nothing of it becomes SQL.
final class SearchParameters {
  private static final int LONGEST = 200;
  private static final int USUAL = 500;
  private static final int MOST = 1000;
  private static final Pattern AGE = Pattern.compile("([1-9][0-9]{0,6})([smhd])");

  private SearchParameters() {}

  static ClientSearch.Query clients(AdminRequest request) {
    known(request, List.of("q", "vendor", "state", "sort", "after", "limit"));
    return new ClientSearch.Query(
        text(request, "q"),
        text(request, "vendor"),
        text(request, "state").map(SearchParameters::state),
        text(request, "after").map(SearchParameters::client),
        text(request, "sort").map(SearchParameters::order).orElse(ClientSearch.Order.CLIENT_ID),
        limit(request));
  }

  static GrantQueries.Query grants(AdminRequest request, Instant now) {
    known(
        request,
        List.of("client", "address", "country", "older_than", "younger_than", "after", "limit"));
    return new GrantQueries.Query(
        text(request, "client").map(SearchParameters::client),
        text(request, "address"),
        text(request, "country"),
        text(request, "younger_than").map(age -> now.minus(age(age))),
        text(request, "older_than").map(age -> now.minus(age(age))),
        text(request, "after").map(SearchParameters::grant),
        limit(request));
  }

  /// Errors: 400 for what is missing or malformed, 404 for a client that there is not.
  static PolicyTrial.Request trial(AdminRequest request, Instant now) {
    known(request, List.of("client", "method", "path", "address", "country", "at"));
    ClientId client = client(needed(request, "client"));
    String method = needed(request, "method").toUpperCase(Locale.ROOT);
    Optional<String> country = text(request, "country").map(code -> code.toUpperCase(Locale.ROOT));
    if (country.filter(code -> !Location.isCountry(code)).isPresent()) {
      throw new AdminRefusal(400, "country is a code of two letters, such as GB");
    }
    return new PolicyTrial.Request(
        request
            .realm()
            .client(client)
            .orElseThrow(() -> new AdminRefusal(404, "there is no such client")),
        request.realm().isActive(client),
        method,
        needed(request, "path"),
        address(needed(request, "address")),
        country,
        text(request, "at").map(SearchParameters::moment).orElse(now));
  }

  private static String needed(AdminRequest request, String name) {
    return text(request, name).orElseThrow(() -> new AdminRefusal(400, name + " is missing"));
  }

  private static InetAddress address(String text) {
    try {
      return IpLiteral.parse(text);
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(400, "address is an IP address");
    }
  }

  private static Instant moment(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException malformed) {
      throw new AdminRefusal(400, "at is a moment such as 2026-11-22T03:00:00Z");
    }
  }

  private static void known(AdminRequest request, List<String> names) {
    request
        .http()
        .queryParams()
        .names()
        .forEach(
            name -> {
              if (!names.contains(name)) {
                throw new AdminRefusal(400, "the parameters are " + String.join(", ", names));
              }
            });
  }

  private static Optional<String> text(AdminRequest request, String name) {
    Optional<String> text = request.query(name).filter(value -> !value.isEmpty());
    if (text.filter(SearchParameters::isUnprintable).isPresent()) {
      throw new AdminRefusal(
          400, name + " is of at most %d printable characters".formatted(LONGEST));
    }
    return text;
  }

  static boolean isUnprintable(String text) {
    return text.length() > LONGEST || text.codePoints().anyMatch(Character::isISOControl);
  }

  /// A body with these members only: what a caller believes to have said must not be passed over.
  static JsonNode only(JsonNode body, List<String> members) {
    body.fieldNames()
        .forEachRemaining(
            name -> {
              if (!members.contains(name)) {
                throw new AdminRefusal(
                    400,
                    "%s is no member of this request; there are %s"
                        .formatted(
                            isUnprintable(name) ? "a name" : name, String.join(", ", members)));
              }
            });
    return body;
  }

  private static String state(String word) {
    return oneOf(Standing.values(), "state", word).name().toLowerCase(Locale.ROOT);
  }

  private static ClientSearch.Order order(String word) {
    return oneOf(ClientSearch.Order.values(), "sort", word);
  }

  private static <E extends Enum<E>> E oneOf(E[] all, String name, String word) {
    return Arrays.stream(all)
        .filter(one -> one.name().toLowerCase(Locale.ROOT).equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new AdminRefusal(
                    400,
                    name
                        + " is one of "
                        + Arrays.stream(all)
                            .map(one -> one.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))));
  }

  private static ClientId client(String text) {
    try {
      return new ClientId(text);
    } catch (IllegalArgumentException malformed) {
      throw new AdminRefusal(400, "not a client id");
    }
  }

  private static GrantQueries.After grant(String text) {
    int mark = text.lastIndexOf('_');
    try {
      return new GrantQueries.After(
          Instant.parse(text.substring(0, Math.max(mark, 0))),
          GrantId.parse(text.substring(mark + 1)));
    } catch (DateTimeException | IllegalArgumentException malformed) {
      throw new AdminRefusal(400, "after is what the Link header of a page says");
    }
  }

  private static Duration age(String text) {
    var matcher = AGE.matcher(text);
    if (!matcher.matches()) {
      throw new AdminRefusal(400, "an age is a number and s, m, h or d, such as 15m");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }

  private static int limit(AdminRequest request) {
    String text = text(request, "limit").orElse(Integer.toString(USUAL));
    if (!text.matches("[1-9][0-9]{0,3}") || Integer.parseInt(text) > MOST) {
      throw new AdminRefusal(400, "limit is 1 to " + MOST);
    }
    return Integer.parseInt(text);
  }

  /// A `Link`: the same question, beginning after `last`.
  static String next(AdminRequest request, String last) {
    String others =
        request.http().queryParams().entries().stream()
            .filter(entry -> !entry.getKey().equals("after"))
            .map(entry -> encoded(entry.getKey()) + "=" + encoded(entry.getValue()) + "&")
            .collect(Collectors.joining());
    return "<?%safter=%s>; rel=\"next\"".formatted(others, encoded(last));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
