package dev.mayfly.events;

import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Registration.Standing;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.realm.PushReceiver;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Arrivals;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.LiveGrants;
import dev.mayfly.registry.Registered;
import dev.mayfly.token.AccessTokenVerifier;
import dev.mayfly.token.VerifiedAccessToken;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who may have a stream, and read it: a client of the realm with a bearer token of ours that has
/// the scope `ssf.manage` or `ssf.read`. The audiences of its token say which grants concern it.
@ApplicationScoped
class ReceiverDoor {
  static final String READ = "ssf.read";
  static final String MANAGE = PushReceiver.SCOPE;

  private final Arrivals arrivals;
  private final LiveGrants live;
  private final AccessTokenVerifier verifier;

  @Inject
  ReceiverDoor(Arrivals arrivals, LiveGrants live, AccessTokenVerifier verifier) {
    this.arrivals = arrivals;
    this.live = live;
    this.verifier = verifier;
  }

  sealed interface Entered {
    record In(Arrival.At at, ClientId receiver, List<String> audiences) implements Entered {
      AppliedRealm realm() {
        return at.realm();
      }
    }

    record Out(Response answer) implements Entered {}
  }

  /// Whether a realm has receivers at all: an operator who wants some defines the scope.
  static boolean serves(AppliedRealm realm) {
    return realm.config().scopes().containsKey(MANAGE);
  }

  /// `scope`: the one that is needed; who may manage may read.
  Entered enter(RoutingContext http, String realm, String scope) {
    return switch (arrivals.of(http, realm)) {
      case Arrival.TurnedAway(Response answer) -> new Entered.Out(answer);
      case Arrival.At at when !serves(at.realm()) ->
          new Entered.Out(Answers.problem(404, "This realm has no security events").build());
      case Arrival.At at -> enter(at, http.request().headers().getAll("Authorization"), scope);
    };
  }

  private Entered enter(Arrival.At at, List<String> authorization, String scope) {
    if (authorization.size() != 1 || !authorization.getFirst().startsWith("Bearer ")) {
      return refuse(at, 401, "");
    }
    Optional<VerifiedAccessToken> token =
        verifier.verify(
            authorization.getFirst().substring("Bearer ".length()).strip(),
            at.realm(),
            at.facts().received());
    if (token.isEmpty() || isBound(token.get())) {
      return refuse(at, 401, ", error=\"invalid_token\"");
    }
    if (!live.isFresh()) {
      return new Entered.Out(Answers.unavailable("revocations cannot be read at this moment"));
    }
    if (live.isRevoked(token.get().grant()) || !mayAct(at, token.get())) {
      return refuse(at, 401, ", error=\"invalid_token\"");
    }
    ScopeSet granted =
        ScopeSet.parse(token.get().claims().getClaim("scope") instanceof String text ? text : "");
    if (!granted.contains(ScopeSet.parse(scope)) && !granted.contains(ScopeSet.parse(MANAGE))) {
      return refuse(at, 403, ", error=\"insufficient_scope\", scope=\"" + scope + "\"");
    }
    return new Entered.In(at, token.get().client(), token.get().claims().getAudience());
  }

  /// What is bound to a key of DPoP or a certificate is nothing without it, and neither is looked
  /// at here.
  private static boolean isBound(VerifiedAccessToken token) {
    return "DPoP".equals(token.claims().getClaim("token_type"))
        || (token.claims().getClaim("cnf") instanceof Map<?, ?> cnf && cnf.containsKey("x5t#S256"));
  }

  private static boolean mayAct(Arrival.At at, VerifiedAccessToken token) {
    return at.realm().registered(token.client()).orElse(null)
            instanceof Registered.AsClient(var client, var state)
        && state.standing() == Standing.ACTIVE
        && at.realm()
            .config()
            .networkPolicy(client)
            .objection(at.facts().address(), at.facts().location(), at.facts().received())
            .isEmpty();
  }

  /// RFC 6750 §3.
  private static Entered refuse(Arrival.At at, int status, String error) {
    return new Entered.Out(
        Answers.problem(status, "A token of this realm with the scope for this is needed")
            .header(
                HttpHeaders.WWW_AUTHENTICATE, "Bearer realm=\"" + at.realm().name() + "\"" + error)
            .build());
  }
}
