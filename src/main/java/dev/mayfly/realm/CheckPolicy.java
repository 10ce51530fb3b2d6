package dev.mayfly.realm;

import dev.mayfly.oauth.ScopeSet;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What the request check (`/check`) demands. Without a route that fits, a request is refused.
///
/// @param routes in the file's order; where several fit, the one with more literal segments
///     decides
/// @param observe checks whose refusal is reported and not enforced
/// @param upstreamToken what the API behind the proxy gets beside the identity headers
public record CheckPolicy(
    List<Route> routes, Set<Check> observe, Optional<UpstreamToken> upstreamToken) {
  public static final CheckPolicy NONE = new CheckPolicy(List.of(), Set.of(), Optional.empty());

  /// A check that a realm may try out before it is enforced. Whether the token, its grant and its
  /// client are good is not among them.
  public enum Check {
    ADDRESS,
    COUNTRY,
    HOURS,
    COUNTRY_CHANGE,
    IMPOSSIBLE_TRAVEL,
    ROUTE,
    SCOPE,
    AUTHORIZATION_DETAILS
  }

  /// A JWT of ours for the API, which says who calls.
  /// Errors: `IllegalArgumentException` for a lifetime out of range.
  public record UpstreamToken(String audience, Duration lifetime) {
    static final Duration LIFETIME = Duration.ofSeconds(60);

    public UpstreamToken {
      Durations.requireWithin("lifetime", lifetime, Duration.ofSeconds(10), Duration.ofMinutes(5));
    }
  }

  /// What may have to come with a token on a route, whatever kind of token it is.
  public enum Proof {
    DPOP,
    SIGNATURE
  }

  /// How often a token may be used on a route.
  public enum Use {
    MANY,
    SINGLE
  }

  /// Errors: `IllegalArgumentException` when no method is named.
  ///
  /// @param methods as HTTP writes them, upper case
  /// @param audience whose token is needed; empty: the realm's default
  /// @param order what the token's authorization details must allow; empty: they do not matter here
  /// @param proof one of these is needed; none where it is empty
  public record Route(
      PathTemplate path,
      List<String> methods,
      ScopeSet scope,
      Optional<String> audience,
      Optional<OrderRule> order,
      Use use,
      Set<Proof> proof) {
    public Route {
      proof = Set.copyOf(proof);
      methods = List.copyOf(methods);
      if (methods.isEmpty() || scope.isEmpty()) {
        throw new IllegalArgumentException("a route names its methods and its scope");
      }
    }

    boolean fits(String method, List<String> segments) {
      return methods.contains(method) && path.matches(segments);
    }

    /// Whether neither of two routes would be the more literal one for some request.
    boolean conflictsWith(Route other) {
      return path.literals() == other.path.literals()
          && path.overlaps(other.path)
          && methods.stream().anyMatch(other.methods::contains);
    }
  }

  public CheckPolicy {
    routes = List.copyOf(routes);
    observe = setOf(observe);
  }

  private static Set<Check> setOf(Collection<Check> checks) {
    return checks.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(checks));
  }

  /// The route that decides; `segments` as [PathTemplate#segments(String)] gives them.
  public Optional<Route> route(String method, List<String> segments) {
    Route found = null;
    for (Route route : routes) {
      boolean isMoreLiteral = found == null || route.path().literals() > found.path().literals();
      if (isMoreLiteral && route.fits(method, segments)) {
        found = route;
      }
    }
    return Optional.ofNullable(found);
  }

  public boolean enforces(Check check) {
    return !observe.contains(check);
  }
}
