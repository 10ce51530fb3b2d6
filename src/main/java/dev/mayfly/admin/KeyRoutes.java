package dev.mayfly.admin;

import static dev.mayfly.admin.AdminShapes.KEY;
import static dev.mayfly.admin.AdminShapes.REASON;
import static dev.mayfly.admin.Shape.listOf;
import static dev.mayfly.admin.Shape.number;
import static dev.mayfly.admin.Shape.object;
import static dev.mayfly.admin.Shape.text;

import dev.mayfly.http.Answers;
import dev.mayfly.identity.Role;
import dev.mayfly.ledger.EntityTag;
import dev.mayfly.registry.KeyActs;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;

/// Keys: of a realm, for whoever answers for it, and of the whole broker, for root.
@ApplicationScoped
class KeyRoutes implements AdminRoutesOf {
  private static final String OF_REALM = "/realms/:realm/keys";
  private static final Operation RETIRE =
      Operation.of("Ends a key in good order: the announced one follows it")
          .taking(REASON)
          .answering(KEY)
          .when(Operation.Condition.HONOURED);
  private static final Operation COMPROMISE =
      Operation.of("Distrusts a key at once, and whatever it signed")
          .taking(REASON)
          .answering(KEY)
          .when(Operation.Condition.HONOURED)
          .orWaiting();

  private final AdminKeys keys;

  @Inject
  KeyRoutes(AdminKeys keys) {
    this.keys = keys;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission root = Permission.inBrokerAfresh(Role.ROOT);
    Permission inRealm = Permission.inRealmAfresh(Role.SECURITY_ADMIN);
    return List.of(
        new AdminRoute(
                HttpMethod.GET,
                "/keys",
                Permission.signedIn(),
                request -> list(request, request.query("realm")))
            .described(
                Operation.of("Keys of the admin's realms, and of the broker for who may see them")
                    .asking(text("realm").optional())
                    .answering(listOf(KEY))
                    .tagged()),
        AdminRoute.post("/keys/rotate", root, request -> keys.rotate(request.body(), act(request)))
            .described(
                Operation.of("Lets the announced keys of a realm, or of the broker, sign soon")
                    .taking(REASON, text("realm"), text("purpose").optional())
                    .answering(AdminShapes.MOVED_KEYS)
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post("/keys/rewrap", root, request -> keys.rewrap(act(request)))
            .described(
                Operation.of("Seals secrets anew under the current wrap key")
                    .taking(REASON)
                    .answering(object(number("rewrapped")))),
        AdminRoute.post(
                "/keys/:kid/retire",
                root,
                request -> keys.retire(request.part("kid"), act(request)))
            .described(RETIRE),
        new AdminRoute(
                HttpMethod.POST,
                "/keys/:kid/compromise",
                root,
                request -> keys.compromise(request, request.part("kid"), act(request)))
            .described(COMPROMISE),
        AdminRoute.post("/epoch", root, request -> keys.beginEpoch(act(request)))
            .described(
                Operation.of("After a restore: ends every grant, distrusts every signing key")
                    .taking(REASON)
                    .answering(
                        object(number("epoch"), number("grants_ended"), number("keys_distrusted")))
                    .when(Operation.Condition.HONOURED)),
        new AdminRoute(
                HttpMethod.GET,
                "/epoch",
                Permission.inBroker(Role.AUDITOR),
                _ ->
                    keys.epoch()
                        .map(
                            epoch ->
                                AdminAnswer.ok(Answers.JSON.createObjectNode().put("epoch", epoch))
                                    .with(EntityTag.ofEpoch(epoch))))
            .described(
                Operation.of("How often everything of before was ended")
                    .answering(object(number("epoch")))
                    .tagged()),
        new AdminRoute(
                HttpMethod.GET,
                OF_REALM,
                Permission.inRealm(Role.AUDITOR),
                request -> list(request, Optional.of(request.realm().name().value())))
            .described(Operation.of("The keys of a realm").answering(listOf(KEY)).tagged()),
        AdminRoute.post(
                OF_REALM + "/rotate",
                inRealm,
                request -> keys.rotate(request.realm(), request.body(), act(request)))
            .described(
                Operation.of("Lets the announced keys of a realm sign soon")
                    .taking(REASON, text("purpose").optional())
                    .answering(AdminShapes.MOVED_KEYS)
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(
                OF_REALM + "/:kid/retire",
                inRealm,
                request -> keys.retire(ownKid(request), act(request)))
            .described(RETIRE),
        new AdminRoute(
                HttpMethod.POST,
                OF_REALM + "/:kid/compromise",
                inRealm,
                request -> keys.compromise(request, ownKid(request), act(request)))
            .described(COMPROMISE));
  }

  private Uni<AdminAnswer> list(AdminRequest request, Optional<String> realm) {
    AdminAnswer all = AdminAnswer.ok(keys.list(realm, request.admin().roles()));
    return Uni.createFrom()
        .item(keys.tag(realm, request.admin().roles()).map(all::with).orElse(all));
  }

  private String ownKid(AdminRequest request) {
    keys.requireKeyOf(request.realm(), request.part("kid"));
    return request.part("kid");
  }

  private static KeyActs.Act act(AdminRequest request) {
    return new KeyActs.Act(request.by(), request.reason(), request.ifMatch());
  }
}
