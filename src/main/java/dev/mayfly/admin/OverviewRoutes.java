package dev.mayfly.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.identity.Role;
import dev.mayfly.keys.Hsm;
import dev.mayfly.keys.HsmState;
import dev.mayfly.keys.Hsms;
import dev.mayfly.ledger.Activity;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Checkpointer;
import dev.mayfly.registry.Kept;
import dev.mayfly.registry.LiveGrants;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What is looked at first: how a realm is, how this broker is, and what is in force in the realm.
@ApplicationScoped
class OverviewRoutes implements AdminRoutesOf {
  /// Everybody who has the overview open asks again every few seconds.
  private static final Duration KEPT = Duration.ofSeconds(5);

  private final Activity activity;
  private final Hsms hsms;
  private final Checkpointer checkpointer;
  private final LiveGrants live;
  private final Clock clock;

  /// One for each realm that there is.
  private final Map<RealmName, Kept<Activity.Seen>> seen = new ConcurrentHashMap<>();

  @Inject
  OverviewRoutes(
      Activity activity, Hsms hsms, Checkpointer checkpointer, LiveGrants live, Clock clock) {
    this.activity = activity;
    this.hsms = hsms;
    this.checkpointer = checkpointer;
    this.live = live;
    this.clock = clock;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission read = Permission.inRealm(Role.AUDITOR);
    return List.of(
        AdminRoute.get("/realms/:realm/overview", read, this::overview)
            .described(OverviewShapes.OVERVIEW),
        AdminRoute.get(
                "/realms/:realm/policy",
                read,
                request -> Uni.createFrom().item(policy(request.realm())))
            .described(OverviewShapes.POLICY),
        AdminRoute.get("/realms/:realm/policy/trial", read, this::trial)
            .described(OverviewShapes.TRIAL),
        AdminRoute.get(
                "/broker", Permission.inBroker(Role.AUDITOR), _ -> Uni.createFrom().item(broker()))
            .described(OverviewShapes.BROKER));
  }

  private Uni<ObjectNode> overview(AdminRequest request) {
    AppliedRealm realm = request.realm();
    return seen.computeIfAbsent(
            realm.name(), name -> new Kept<>(KEPT, () -> activity.of(name, clock.instant())))
        .get()
        // It goes through all clients of the realm.
        .emitOn(Infrastructure.getDefaultWorkerPool())
        .map(activities -> OverviewViews.overview(realm, activities, clock.instant()));
  }

  /// The realm file as it counts, with every default written out. It names files with secrets and
  /// holds none.
  private static ObjectNode policy(AppliedRealm realm) {
    try {
      ObjectNode view =
          Answers.JSON
              .createObjectNode()
              .put("realm", realm.name().value())
              .put("issuer", realm.issuer());
      view.set("document", Answers.JSON.readTree(realm.config().toJson()));
      return view;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the canonical document of a realm is no JSON", e);
    }
  }

  /// A question, and no request: nothing is used up, and no row is written.
  private Uni<ObjectNode> trial(AdminRequest request) {
    AppliedRealm realm = request.realm();
    List<PolicyTrial.Step> steps =
        new PolicyTrial(realm.config(), realm.geo())
            .steps(SearchParameters.trial(request, clock.instant()));
    ObjectNode view =
        Answers.JSON
            .createObjectNode()
            .put("verdict", PolicyTrial.isRefused(steps) ? "refused" : "may_pass");
    ArrayNode all = view.putArray("steps");
    for (PolicyTrial.Step step : steps) {
      all.addObject()
          .put("check", step.check())
          .put("outcome", step.outcome().name().toLowerCase(Locale.ROOT))
          .put("says", step.says());
    }
    return Uni.createFrom().item(view);
  }

  /// Replicas do not speak to each other: each says how it is itself.
  private ObjectNode broker() {
    ObjectNode view = Answers.JSON.createObjectNode();
    ArrayNode tokens = view.putArray("tokens");
    for (Hsm hsm : hsms.tokens()) {
      ObjectNode one = tokens.addObject().put("token", hsm.tokenLabel());
      switch (hsm.state()) {
        case HsmState.Ready ready -> one.put("state", "ready").put("sessions", ready.sessions());
        case HsmState.Down down ->
            one.put("state", "down")
                .put("since", down.since().toString())
                .put("because", down.because());
      }
    }
    return view.put("revocations_fresh", live.isFresh())
        .put("audit_trail", checkpointer.standing())
        .put("uncovered_seconds", Math.round(checkpointer.uncoveredSeconds()))
        .put("audit_trail_cut", checkpointer.isCut());
  }
}
