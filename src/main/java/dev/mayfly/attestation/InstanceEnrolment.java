package dev.mayfly.attestation;

import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.audit.AuditContext;
import dev.mayfly.jose.PublicKeys;
import dev.mayfly.ledger.Instances;
import dev.mayfly.ledger.Registration.Joining;
import dev.mayfly.ledger.Registration.NewAttestation;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Attester;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.ClientSecrets;
import dev.mayfly.registry.SecretHasher;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import java.util.UUID;

/// Enrols an instance from within: the broker itself holds the key, for the demo credentials.
/// It is the join that a tool makes, with a join secret made and spent in one go.
@ApplicationScoped
public class InstanceEnrolment {
  private final ClientSecrets secrets;
  private final SecretHasher hasher;
  private final Instances instances;

  @Inject
  InstanceEnrolment(ClientSecrets secrets, SecretHasher hasher, Instances instances) {
    this.secrets = secrets;
    this.hasher = hasher;
    this.instances = instances;
  }

  /// Answers the client attestation. Precondition: our own attester counts for the client.
  public Uni<String> enrol(
      AppliedRealm realm, ClientId client, ECKey instanceKey, AuditContext context) {
    Attester.Builtin attester =
        OwnAttester.of(realm, realm.client(client).orElseThrow()).orElseThrow();
    ReplayMark mark =
        ReplayMark.of(
            "enrolment",
            realm.name().value(),
            client.value(),
            UUID.randomUUID().toString(),
            context.at());
    return secrets
        .newJoinSecret(realm, client, attester, context, "demo", "first start")
        .chain(secret -> hasher.joinDigests(realm.name(), client, secret.text()))
        .chain(
            digests ->
                instances.join(
                    new Instances.Applicant(
                        context, realm.name(), client, PublicKeys.thumbprint(instanceKey), mark),
                    digests,
                    ClientAttestations.prepare(
                        attester,
                        ClientAttestations.byJoinSecret(attester),
                        context.at(),
                        Optional.empty())))
        .chain(
            joining ->
                switch (joining) {
                  case Joining.Joined(_, NewAttestation attestation) ->
                      ClientAttestations.sign(
                          realm, client, instanceKey, attestation, context.at());
                  case Joining.Replayed _ ->
                      Uni.createFrom().failure(new IllegalStateException("a replayed enrolment"));
                  case Joining.Refused(String because) ->
                      Uni.createFrom().failure(new IllegalStateException(because));
                });
  }
}
