package dev.mayfly.admin;

import dev.mayfly.identity.Role;
import dev.mayfly.registry.KeyActs;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;

/// Keys: of a realm, for whoever answers for it, and of the whole broker, for root.
@ApplicationScoped
class KeyRoutes implements AdminRoutesOf {
  private static final String OF_REALM = "/realms/:realm/keys";

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
        AdminRoute.get(
            "/keys",
            Permission.signedIn(),
            request ->
                Uni.createFrom().item(keys.list(request.query("realm"), request.admin().roles()))),
        AdminRoute.post("/keys/rotate", root, request -> keys.rotate(request.body(), act(request))),
        AdminRoute.post("/keys/rewrap", root, request -> keys.rewrap(act(request))),
        AdminRoute.post(
            "/keys/:kid/retire", root, request -> keys.retire(request.part("kid"), act(request))),
        AdminRoute.post(
            "/keys/:kid/compromise",
            root,
            request -> keys.compromise(request.part("kid"), act(request))),
        AdminRoute.post("/epoch", root, request -> keys.beginEpoch(act(request))),
        AdminRoute.get(
            OF_REALM,
            Permission.inRealm(Role.AUDITOR),
            request ->
                Uni.createFrom()
                    .item(
                        keys.list(
                            Optional.of(request.realm().name().value()), request.admin().roles()))),
        AdminRoute.post(
            OF_REALM + "/rotate",
            inRealm,
            request -> keys.rotate(request.realm(), request.body(), act(request))),
        AdminRoute.post(
            OF_REALM + "/:kid/retire",
            inRealm,
            request -> keys.retire(ownKid(request), act(request))),
        AdminRoute.post(
            OF_REALM + "/:kid/compromise",
            inRealm,
            request -> keys.compromise(ownKid(request), act(request))));
  }

  private String ownKid(AdminRequest request) {
    keys.requireKeyOf(request.realm(), request.part("kid"));
    return request.part("kid");
  }

  private static KeyActs.Act act(AdminRequest request) {
    return new KeyActs.Act(request.by(), request.reason());
  }
}
