package dev.mayfly.check;

import dev.mayfly.oauth.AuthorizationDetail;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ExchangeOrder;
import dev.mayfly.realm.CheckPolicy.Route;
import dev.mayfly.realm.OrderRule;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What a request does with orders, as far as its method, path and query tell.
final class RequestedOrder {
  private final OriginalRequest request;
  private final Route route;

  RequestedOrder(OriginalRequest request, Route route) {
    this.request = request;
    this.route = route;
  }

  /// Whether one element allows all of it. What the route says stands somewhere, and does not, is
  /// allowed by nothing: not even by a token whose instruments are not limited.
  boolean isAllowedBy(AuthorizationDetails details, OrderRule rule, String audience) {
    Optional<String> instrument = rule.instrument().flatMap(this::value);
    Optional<String> side = rule.side().flatMap(this::value);
    if (instrument.isPresent() != rule.instrument().isPresent()
        || side.isPresent() != rule.side().isPresent()) {
      return false;
    }
    return details.elements().stream()
        .anyMatch(element -> allows(element, rule, audience, instrument, side));
  }

  private static boolean allows(
      AuthorizationDetail element,
      OrderRule rule,
      String audience,
      Optional<String> instrument,
      Optional<String> side) {
    return switch (element) {
      case ExchangeOrder order -> order.allows(audience, rule.action(), instrument, side);
    };
  }

  /// Of a path as it stands, without decoding: what is encoded there is no name of an instrument.
  private Optional<String> value(OrderRule.Place place) {
    Optional<String> value =
        switch (place) {
          case OrderRule.PathVariable(String name) ->
              route.path().variable(name, request.segments());
          case OrderRule.QueryParameter(String name) ->
              request.query().flatMap(query -> parameter(query, name));
        };
    return value.filter(ExchangeOrder::isInstrument);
  }

  /// The one parameter of this name. Empty where two servers might read the query in two ways:
  /// the name stands twice, or in another letter case, or with brackets; or something separates
  /// that is no `&`.
  private static Optional<String> parameter(String query, String name) {
    if (query.indexOf(';') >= 0) {
      return Optional.empty();
    }
    Optional<String> found = Optional.empty();
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      String key;
      String value;
      try {
        key = decoded(equals < 0 ? pair : pair.substring(0, equals));
        value = equals < 0 ? "" : decoded(pair.substring(equals + 1));
      } catch (IllegalArgumentException malformed) {
        return Optional.empty();
      }
      if (!isLike(key, name)) {
        continue;
      }
      if (found.isPresent() || !key.equals(name)) {
        return Optional.empty();
      }
      found = Optional.of(value);
    }
    return found;
  }

  private static boolean isLike(String key, String name) {
    int bracket = key.indexOf('[');
    return (bracket < 0 ? key : key.substring(0, bracket)).strip().equalsIgnoreCase(name);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
