package dev.mayfly.attestation;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Attester;
import dev.mayfly.registry.Arrivals.Arrival;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;

/// The attestation of a request, from its headers to a verified value.
@ApplicationScoped
public class AttestationGate {
  public static final String ATTESTATION = "OAuth-Client-Attestation";
  public static final String POP = "OAuth-Client-Attestation-PoP";

  private final Challenges challenges;

  @Inject
  AttestationGate(Challenges challenges) {
    this.challenges = challenges;
  }

  public Uni<AttestationResult> verify(
      Arrival.At at,
      ClientId client,
      List<Attester> attesters,
      MultiMap headers,
      Optional<DpopEvidence> dpop) {
    return challenges
        .keys(at.facts().received())
        .map(
            keys ->
                new AttestationVerifier(at.realm(), keys, at.facts().received())
                    .verify(
                        client, attesters, headers.getAll(ATTESTATION), headers.getAll(POP), dpop));
  }
}
