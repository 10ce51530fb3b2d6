package dev.mayfly.realm;

import dev.mayfly.oauth.AuthorizationDetail;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ExchangeOrder;
import dev.mayfly.oauth.ExchangeOrder.Action;
import dev.mayfly.oauth.ExchangeOrder.Notional;
import dev.mayfly.oauth.ExchangeOrder.Side;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/// Reads `authorization_details`: of a client, the most it may have; of a route, what it needs.
final class AuthorizationDetailsReader {
  private static final String QUERY_NAME = "[A-Za-z][A-Za-z0-9_.-]{0,31}";

  private AuthorizationDetailsReader() {}

  /// `audiences`: the client's.
  static AuthorizationDetails read(Value value, List<String> audiences) {
    List<AuthorizationDetail> elements = value.list(item -> element(item, audiences));
    return value.checked(() -> new AuthorizationDetails(elements));
  }

  private static AuthorizationDetail element(Value value, List<String> audiences) {
    Fields fields =
        value.fields("type", "locations", "actions", "instruments", "sides", "max_notional");
    fields.required("type").oneOf(AuthorizationDetails.TYPES);
    SortedSet<String> locations =
        set(fields, "locations", item -> item.definedIn("the client's audiences", audiences));
    SortedSet<Action> actions =
        new TreeSet<>(fields.required("actions").list(item -> item.oneOf(Action.class)));
    SortedSet<String> instruments = set(fields, "instruments", Value::text);
    SortedSet<Side> sides = set(fields, "sides", item -> item.oneOf(Side.class));
    Optional<Notional> most = fields.optional("max_notional").map(field -> notional(field));
    return value.checked(() -> new ExchangeOrder(locations, actions, instruments, sides, most));
  }

  private static <T extends Comparable<T>> SortedSet<T> set(
      Fields fields, String key, Function<Value, T> reader) {
    return fields
        .optional(key)
        .map(value -> new TreeSet<>(value.list(reader)))
        .orElseGet(TreeSet::new);
  }

  private static Notional notional(Value value) {
    Fields fields = value.fields("amount", "currency");
    String amount = fields.required("amount").text();
    String currency = fields.required("currency").text();
    return value.checked(() -> Notional.of(amount, currency));
  }

  static OrderRule rule(Value value, PathTemplate path) {
    Fields fields = value.fields("type", "action", "instrument", "side");
    fields.required("type").oneOf(AuthorizationDetails.TYPES);
    return new OrderRule(
        fields.required("action").oneOf(Action.class),
        fields.optional("instrument").map(field -> place(field, path)),
        fields.optional("side").map(field -> place(field, path)));
  }

  private static OrderRule.Place place(Value value, PathTemplate path) {
    Fields fields = value.fields("path", "query");
    if (fields.optional("path").isPresent() == fields.optional("query").isPresent()) {
      throw value.refuse("must name either path or query");
    }
    return fields
        .optional("path")
        .<OrderRule.Place>map(name -> variable(name, path))
        .orElseGet(() -> parameter(fields.required("query")));
  }

  private static OrderRule.PathVariable variable(Value name, PathTemplate path) {
    OrderRule.PathVariable variable = new OrderRule.PathVariable(name.text());
    if (!path.hasVariable(variable.name())) {
      throw name.refuse("is not exactly one {name} of the route's path");
    }
    return variable;
  }

  private static OrderRule.QueryParameter parameter(Value name) {
    if (!name.text().matches(QUERY_NAME)) {
      throw name.refuse("must be 1 to 32 characters of A-Z a-z 0-9 _ . - and start with a letter");
    }
    return new OrderRule.QueryParameter(name.text());
  }
}
