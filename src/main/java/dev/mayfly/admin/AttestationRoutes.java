package dev.mayfly.admin;

import dev.mayfly.identity.Role;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/// Instances, their attestations, and who attested them.
@ApplicationScoped
class AttestationRoutes implements AdminRoutesOf {
  private static final String INSTANCES = "/realms/:realm/clients/:client/instances";
  private static final String ATTESTER = "/realms/:realm/attesters/:attester";

  private final AdminAttestations attestations;
  private final ClientLifecycle lifecycle;

  @Inject
  AttestationRoutes(AdminAttestations attestations, ClientLifecycle lifecycle) {
    this.attestations = attestations;
    this.lifecycle = lifecycle;
  }

  @Override
  public List<AdminRoute> routes() {
    Permission end = Permission.inRealmAfresh(Role.SECURITY_ADMIN);
    return List.of(
        AdminRoute.get(
            INSTANCES,
            Permission.inRealm(Role.AUDITOR),
            request -> attestations.instances(request.realm(), request.client())),
        AdminRoute.post(
            INSTANCES + "/:jkt/revoke",
            end,
            request ->
                lifecycle.orPreview(
                    request,
                    () -> attestations.instance(request),
                    () ->
                        attestations.revokeInstance(
                            request.act(), request.client(), request.part("jkt")))),
        AdminRoute.post(
            "/realms/:realm/attestations/:jti/revoke",
            end,
            request -> attestations.revokeAttestation(request.act(), request.part("jti"))),
        AdminRoute.post(
            ATTESTER + "/revoke",
            end,
            request ->
                attestations.revokeAttester(
                    request.act(), request.part("attester"), request.body())),
        AdminRoute.post(
            ATTESTER + "/restore",
            end,
            request ->
                attestations.restoreAttester(
                    request.act(), request.part("attester"), request.body())));
  }
}
