package dev.mayfly.admin;

import static dev.mayfly.admin.AdminShapes.REASON;
import static dev.mayfly.admin.Shape.either;
import static dev.mayfly.admin.Shape.listOf;
import static dev.mayfly.admin.Shape.member;
import static dev.mayfly.admin.Shape.moment;
import static dev.mayfly.admin.Shape.number;
import static dev.mayfly.admin.Shape.object;
import static dev.mayfly.admin.Shape.text;
import static dev.mayfly.admin.Shape.truth;

import dev.mayfly.identity.Role;
import io.vertx.core.http.HttpMethod;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/// Instances, their attestations, and who attested them.
@ApplicationScoped
class AttestationRoutes implements AdminRoutesOf {
  private static final String INSTANCES = "/realms/:realm/clients/:client/instances";
  private static final String ATTESTER = "/realms/:realm/attesters/:attester";
  private static final Shape.Members ATTESTED_BY =
      object(text("attester"), text("rule").optional(), truth("revoked"));

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
                request -> attestations.instances(request.realm(), request.client()))
            .described(
                Operation.of("The instances of a client").answering(listOf(AdminShapes.INSTANCE))),
        new AdminRoute(
                HttpMethod.POST,
                INSTANCES + "/:jkt/revoke",
                end,
                request ->
                    lifecycle.orPreview(
                        request,
                        () -> attestations.instance(request),
                        () ->
                            attestations.revokeInstance(
                                request.act(), request.client(), request.part("jkt"))))
            .described(
                Operation.of("Retires the key of an instance, and ends its grants")
                    .taking(REASON.optional(), AdminShapes.DRY_RUN)
                    .answering(
                        either(
                            object(text("client_id"), text("jkt"), number("grants_ended")),
                            AdminShapes.PREVIEW))
                    .tagged()
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(
                "/realms/:realm/attestations/:jti/revoke",
                end,
                request -> attestations.revokeAttestation(request.act(), request.part("jti")))
            .described(
                Operation.of("Believes an attestation no more, and ends its instance's grants")
                    .taking(REASON)
                    .answering(object(text("attestation_jti"), number("grants_ended")))
                    .when(Operation.Condition.HONOURED)),
        new AdminRoute(
                HttpMethod.GET,
                ATTESTER,
                Permission.inRealm(Role.AUDITOR),
                AdminAct.tagging(attestations::attester, attestations::tagOfAttester))
            .described(
                Operation.of("Whether an attester is believed, and which of its rules are not")
                    .answering(
                        object(
                            text("attester"),
                            truth("revoked"),
                            member(
                                "revocations",
                                listOf(
                                    object(
                                        text("rule").optional(),
                                        moment("revoked_at"),
                                        text("reason"))))))
                    .tagged()),
        AdminRoute.post(
                ATTESTER + "/revoke",
                end,
                request ->
                    attestations.revokeAttester(
                        request.act(), request.part("attester"), request.body()))
            .described(
                Operation.of("Believes an attester, or one rule of it, no more")
                    .taking(REASON, text("rule").optional())
                    .answering(Shape.with(ATTESTED_BY, number("grants_ended")))
                    .when(Operation.Condition.HONOURED)),
        AdminRoute.post(
                ATTESTER + "/restore",
                end,
                request ->
                    attestations.restoreAttester(
                        request.act(), request.part("attester"), request.body()))
            .described(
                Operation.of("Believes an attester, or one rule of it, again")
                    .taking(REASON, text("rule").optional())
                    .answering(ATTESTED_BY)
                    .when(Operation.Condition.HONOURED)));
  }
}
