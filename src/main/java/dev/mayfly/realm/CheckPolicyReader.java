package dev.mayfly.realm;

import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.CheckPolicy.Check;
import dev.mayfly.realm.CheckPolicy.Proof;
import dev.mayfly.realm.CheckPolicy.Route;
import dev.mayfly.realm.CheckPolicy.UpstreamToken;
import dev.mayfly.realm.CheckPolicy.Use;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Reads `check`, against what the realm defines above it.
final class CheckPolicyReader {
  private final List<String> audiences;
  private final Set<String> scopes;

  CheckPolicyReader(List<String> audiences, Set<String> scopes) {
    this.audiences = List.copyOf(audiences);
    this.scopes = Set.copyOf(scopes);
  }

  CheckPolicy read(Value check) {
    Fields fields = check.fields("routes", "observe", "upstream_token");
    List<Route> routes = new ArrayList<>();
    fields
        .required("routes")
        .list(
            item -> {
              Route route = route(item);
              // Which of two decides must not depend on the order in which they stand.
              if (routes.stream().anyMatch(route::conflictsWith)) {
                throw item.at("path").refuse("another route fits the same requests");
              }
              routes.add(route);
              return route;
            });
    Set<Check> observe =
        new HashSet<>(
            fields
                .optional("observe")
                .map(list -> list.list(item -> item.oneOf(Check.class)))
                .orElse(List.of()));
    return new CheckPolicy(
        routes, observe, fields.optional("upstream_token").map(this::upstreamToken));
  }

  /// Its audience is none of the realm's: who forgets to look at `typ` still cannot take it for an
  /// access token.
  private UpstreamToken upstreamToken(Value value) {
    Fields fields = value.fields("audience", "lifetime");
    Value field = fields.required("audience");
    String audience = RealmReader.audience(field);
    if (audiences.contains(audience)) {
      throw field.refuse("must not be one of the realm's audiences");
    }
    Duration lifetime =
        fields.optional("lifetime").map(Value::duration).orElse(UpstreamToken.LIFETIME);
    return value.checked(() -> new UpstreamToken(audience, lifetime));
  }

  private Route route(Value value) {
    Fields fields =
        value.fields(
            "path", "methods", "scope", "audience", "authorization_details", "use", "proof");
    PathTemplate path = fields.required("path").parsed(PathTemplate::new);
    List<String> methods = fields.required("methods").list(CheckPolicyReader::method);
    Value scopeField = fields.required("scope");
    ScopeSet scope =
        scopeField.isScalar()
            ? new ScopeSet(new TreeSet<>(Set.of(scope(scopeField))))
            : new ScopeSet(new TreeSet<>(scopeField.list(this::scope)));
    Optional<String> audience =
        fields
            .optional("audience")
            .map(field -> field.definedIn("the realm's audiences", audiences));
    Optional<OrderRule> order =
        fields
            .optional("authorization_details")
            .map(field -> AuthorizationDetailsReader.rule(field, path));
    Use use = fields.optional("use").map(word -> word.oneOf(Use.class)).orElse(Use.MANY);
    Set<Proof> proof = fields.optional("proof").map(CheckPolicyReader::proof).orElse(Set.of());
    return value.checked(() -> new Route(path, methods, scope, audience, order, use, proof));
  }

  /// A word, or a list of which one suffices.
  private static Set<Proof> proof(Value value) {
    if (!value.isScalar()) {
      return Set.copyOf(value.list(word -> word.oneOf(Proof.class)));
    }
    return value.oneOf(List.of("none", "dpop", "signature")).equals("none")
        ? Set.of()
        : Set.of(value.oneOf(Proof.class));
  }

  private String scope(Value value) {
    return value.definedIn("the realm's scopes", new TreeSet<>(scopes));
  }

  private static String method(Value value) {
    return value.oneOf(List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"));
  }
}
