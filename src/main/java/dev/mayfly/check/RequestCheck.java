package dev.mayfly.check;

import dev.mayfly.check.Verdict.ProofDemand;
import dev.mayfly.http.RequestFacts;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.network.NetworkPolicy;
import dev.mayfly.network.Objection;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.CheckPolicy;
import dev.mayfly.realm.CheckPolicy.Check;
import dev.mayfly.realm.CheckPolicy.Proof;
import dev.mayfly.realm.CheckPolicy.Route;
import dev.mayfly.realm.CheckPolicy.Use;
import dev.mayfly.realm.RealmConfig;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Registered;
import dev.mayfly.token.VerifiedAccessToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// The ordered checks of a request with a genuine token; the first that refuses decides. Pure:
/// everything it needs is handed in.
final class RequestCheck {
  private final AppliedRealm realm;
  private final RequestFacts facts;
  private final OriginalRequest request;
  private final VerifiedAccessToken token;
  private final List<Reason> observed = new ArrayList<>();

  RequestCheck(
      AppliedRealm realm, RequestFacts facts, OriginalRequest request, VerifiedAccessToken token) {
    this.realm = realm;
    this.facts = facts;
    this.request = request;
    this.token = token;
  }

  /// `last`: where the grant was seen before.
  Verdict decide(Predicate<GrantId> isRevoked, Function<GrantId, Optional<Sightings.Last>> last) {
    if (isRevoked.test(token.grant())) {
      return deny(Reason.GRANT_REVOKED);
    }
    if (!(realm.registered(token.client()).orElse(null)
            instanceof Registered.AsClient(var client, var state))
        || state.standing() != Standing.ACTIVE) {
      return deny(Reason.CLIENT_NOT_ACTIVE);
    }
    Optional<Verdict> misplaced = misplaced(realm.config().networkPolicy(client));
    if (misplaced.isPresent()) {
      return misplaced.get();
    }
    if (hasMoved() && enforced(Check.COUNTRY_CHANGE, Reason.COUNTRY_CHANGED)) {
      return deny(Reason.COUNTRY_CHANGED);
    }
    if (hasTravelled(last) && enforced(Check.IMPOSSIBLE_TRAVEL, Reason.IMPOSSIBLE_TRAVEL)) {
      return deny(Reason.IMPOSSIBLE_TRAVEL);
    }
    return route();
  }

  /// Each of the three can be tried out by itself.
  private Optional<Verdict> misplaced(NetworkPolicy limits) {
    return refused(limits.objectionTo(facts.address()))
        .or(() -> refused(limits.objectionTo(facts.location())))
        .or(() -> refused(limits.objectionTo(facts.received())));
  }

  private Optional<Verdict> refused(Optional<Objection> objection) {
    return objection.filter(this::enforced).map(found -> deny(reason(found)));
  }

  private boolean enforced(Objection objection) {
    return enforced(
        switch (objection) {
          case ADDRESS_NOT_ALLOWED -> Check.ADDRESS;
          case COUNTRY_NOT_ALLOWED, COUNTRY_UNKNOWN -> Check.COUNTRY;
          case OUTSIDE_HOURS -> Check.HOURS;
        },
        reason(objection));
  }

  private static Reason reason(Objection objection) {
    return switch (objection) {
      case ADDRESS_NOT_ALLOWED -> Reason.ADDRESS_NOT_ALLOWED;
      case COUNTRY_NOT_ALLOWED -> Reason.COUNTRY_NOT_ALLOWED;
      case COUNTRY_UNKNOWN -> Reason.COUNTRY_UNKNOWN;
      case OUTSIDE_HOURS -> Reason.OUTSIDE_HOURS;
    };
  }

  /// The token was issued to somebody in another country. An unknown country is no other one: the
  /// limit on countries is what refuses it.
  private boolean hasMoved() {
    Optional<String> here = facts.country();
    return here.isPresent()
        && token.claims().getClaim("issued_country") instanceof String there
        && !there.equals(here.get());
  }

  /// Faster than anybody can: from where its token was issued to, or from where the grant was
  /// seen before, whichever token it was with.
  private boolean hasTravelled(Function<GrantId, Optional<Sightings.Last>> last) {
    return facts
        .country()
        .filter(here -> hasTravelledFromIssuance(here) || hasTravelledSince(last, here))
        .isPresent();
  }

  /// A token that was exchanged names the country of the one that it was exchanged for, and not
  /// when that was issued. Clocks of replicas differ: what was issued in the future was issued
  /// now.
  private boolean hasTravelledFromIssuance(String here) {
    if (!(token.claims().getClaim("issued_country") instanceof String there)
        || there.equals(here)
        || token.claims().getClaim("origin") != null) {
      return false;
    }
    Duration ago = Duration.between(token.claims().getIssueTime().toInstant(), facts.received());
    return new Travel(there, here, ago.isNegative() ? Duration.ZERO : ago).isImpossible();
  }

  private boolean hasTravelledSince(Function<GrantId, Optional<Sightings.Last>> last, String here) {
    return last.apply(token.grant())
        .filter(seen -> !seen.country().equals(here))
        .filter(seen -> new Travel(seen.country(), here, seen.ago()).isImpossible())
        .isPresent();
  }

  private Verdict route() {
    CheckPolicy policy = realm.config().check();
    Optional<Route> route = policy.route(request.method(), request.segments());
    if (route.isEmpty()) {
      return enforced(Check.ROUTE, Reason.NO_ROUTE)
          ? deny(Reason.NO_ROUTE)
          : allowed(Use.MANY, Set.of());
    }
    RealmConfig config = realm.config();
    if (!token
        .claims()
        .getAudience()
        .contains(route.get().audience().orElseGet(config::defaultAudience))) {
      return deny(Reason.AUDIENCE_WRONG);
    }
    if (!token.scope().contains(route.get().scope())
        && enforced(Check.SCOPE, Reason.SCOPE_INSUFFICIENT)) {
      return new Verdict.Deny(
          Reason.SCOPE_INSUFFICIENT,
          Optional.of(token),
          route.get().scope().toString(),
          Verdict.Offer.NONE,
          "");
    }
    if (!order(route.get())
        && enforced(Check.AUTHORIZATION_DETAILS, Reason.AUTHORIZATION_DETAILS_INSUFFICIENT)) {
      return deny(Reason.AUTHORIZATION_DETAILS_INSUFFICIENT);
    }
    return allowed(route.get().use(), route.get().proof());
  }

  /// Where the route says what they must allow a token without authorization details allows
  /// nothing: it was issued before the route said so, or to a client that was forgotten.
  private boolean order(Route route) {
    String audience = route.audience().orElseGet(realm.config()::defaultAudience);
    return route
        .order()
        .map(
            rule ->
                new RequestedOrder(request, route)
                    .isAllowedBy(token.authorizationDetails(), rule, audience))
        .orElse(true);
  }

  /// A token that is bound to a certificate, or was issued for a DPoP proof, is nothing without
  /// it: whatever the route says, and however the token is presented (RFC 9449 §7.1, RFC 8705
  /// §3).
  private Verdict allowed(Use use, Set<Proof> proof) {
    boolean certificate = TokenBinding.certificate(token).isPresent();
    Verdict.Demands demands = new Verdict.Demands(demand(proof), certificate, use == Use.SINGLE);
    Verdict.Allow allow = new Verdict.Allow(token, observed, Optional.empty());
    return demands.isNothing() ? allow : new Verdict.Owing(allow, demands);
  }

  /// What the token demands counts for a route that would take it too.
  private ProofDemand demand(Set<Proof> ofRoute) {
    boolean ofToken =
        "DPoP".equals(token.claims().getClaim("token_type"))
            || request.credentials().orElseThrow().scheme().equals("dpop");
    boolean dpop = ofRoute.contains(Proof.DPOP);
    boolean signature = ofRoute.contains(Proof.SIGNATURE);
    if (ofToken) {
      return signature && !dpop ? ProofDemand.BOTH : ProofDemand.DPOP;
    }
    if (dpop) {
      return signature ? ProofDemand.EITHER : ProofDemand.DPOP;
    }
    return signature ? ProofDemand.SIGNATURE : ProofDemand.NONE;
  }

  /// Whether a refusal counts; one that does not is noted.
  private boolean enforced(Check check, Reason reason) {
    if (!realm.config().check().enforces(check)) {
      observed.add(reason);
      return false;
    }
    return true;
  }

  private Verdict deny(Reason reason) {
    return Verdict.Deny.of(reason, token);
  }
}
