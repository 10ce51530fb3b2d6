package dev.mayfly.admin;

import dev.mayfly.http.RequestPath;
import dev.mayfly.network.GeoLookup;
import dev.mayfly.network.Location;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.network.Objection;
import dev.mayfly.realm.CheckPolicy.Check;
import dev.mayfly.realm.CheckPolicy.Route;
import dev.mayfly.realm.CheckPolicy.Use;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.PathTemplate;
import dev.mayfly.realm.RealmConfig;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What the policy in force says to a request that nobody has made: by the predicates of the
/// request check, in its order, for a good token with all of the client's scope. Pure; it uses up
/// nothing and leaves no row.
record PolicyTrial(RealmConfig config, GeoLookup geo) {
  /// `country`: instead of the one that the address is in. `path`: as a proxy tells it.
  record Request(
      ClientConfig client,
      boolean active,
      String method,
      String path,
      InetAddress address,
      Optional<String> country,
      Instant at) {}

  enum Outcome {
    PASSED,
    REFUSED,

    /// It would refuse, and the realm only observes it.
    OBSERVED,

    /// Depends on the token and on what came before it.
    LEFT_OPEN
  }

  record Step(String check, Outcome outcome, String says) {}

  /// The steps as far as the request check would come, and what it would still ask.
  List<Step> steps(Request request) {
    List<Step> steps = new ArrayList<>();
    NetworkPolicy limits = config.networkPolicy(request.client());
    Location location =
        request.country().map(Location::ofCode).orElseGet(() -> geo.locate(request.address()));
    boolean goesOn =
        add(
                steps,
                "client",
                request.active(),
                "the client is " + (request.active() ? "" : "not ") + "active")
            && add(steps, Check.ADDRESS, limits.objectionTo(request.address()), "")
            && add(steps, Check.COUNTRY, limits.objectionTo(location), word(location))
            && add(steps, Check.HOURS, limits.objectionTo(request.at()), "")
            && route(steps, request);
    if (goesOn) {
      steps.add(
          new Step(
              "token",
              Outcome.LEFT_OPEN,
              "its signature, age, scope, grant and binding; where it was seen before; quotas"));
    }
    return List.copyOf(steps);
  }

  private static String word(Location location) {
    return switch (location) {
      case Location.Known(String country) -> country;
      case Location.Unknown _ -> "the country of the address is not known";
    };
  }

  private static boolean add(List<Step> steps, String check, boolean passed, String says) {
    steps.add(new Step(check, passed ? Outcome.PASSED : Outcome.REFUSED, says));
    return passed;
  }

  private boolean add(List<Step> steps, Check check, Optional<Objection> objection, String says) {
    return add(
        steps,
        check,
        objection.isEmpty(),
        objection.map(one -> one.name().toLowerCase(Locale.ROOT)).orElse(says));
  }

  /// Whether the check goes on.
  private boolean add(List<Step> steps, Check check, boolean passed, String says) {
    boolean enforced = config.check().enforces(check);
    Outcome outcome = passed ? Outcome.PASSED : enforced ? Outcome.REFUSED : Outcome.OBSERVED;
    steps.add(new Step(check.name().toLowerCase(Locale.ROOT), outcome, says));
    return passed || !enforced;
  }

  /// Without a route the check ends here, where it is only observed.
  private boolean route(List<Step> steps, Request request) {
    String path = request.path().split("\\?", 2)[0];
    if (!path.startsWith("/") || RequestPath.isAmbiguous(path)) {
      return add(steps, "path", false, "path_ambiguous");
    }
    Optional<Route> found = config.check().route(request.method(), PathTemplate.segments(path));
    if (found.isEmpty()) {
      return add(steps, Check.ROUTE, false, "no_route");
    }
    Route route = found.get();
    return add(steps, Check.ROUTE, true, route.methods().getFirst() + " " + route.path().text())
        && add(steps, "audience", hasAudience(request.client(), route), audience(route))
        && add(
            steps,
            Check.SCOPE,
            request.client().scopes().contains(route.scope()),
            "needs " + route.scope())
        && proof(steps, route);
  }

  private String audience(Route route) {
    return route.audience().orElseGet(config::defaultAudience);
  }

  private boolean hasAudience(ClientConfig client, Route route) {
    return client.audiences().contains(audience(route));
  }

  private static boolean proof(List<Step> steps, Route route) {
    List<String> open = new ArrayList<>();
    route.proof().stream()
        .sorted()
        .map(one -> "a proof: " + one.name().toLowerCase(Locale.ROOT))
        .forEach(open::add);
    if (route.use() == Use.SINGLE) {
      open.add("the token works once");
    }
    route.order().ifPresent(_ -> open.add("its authorization details"));
    if (!open.isEmpty()) {
      steps.add(new Step("request", Outcome.LEFT_OPEN, String.join("; ", open)));
    }
    return true;
  }

  /// Refused, as soon as one step is.
  static boolean isRefused(List<Step> steps) {
    return steps.stream().anyMatch(step -> step.outcome() == Outcome.REFUSED);
  }
}
