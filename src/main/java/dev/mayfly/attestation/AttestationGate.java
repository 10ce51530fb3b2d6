package dev.mayfly.attestation;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.realm.Attester;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.spiffe.WitSvid;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/// The attestation of a request, from its headers to a verified value.
@Singleton
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
                verify(at, keys, client, attesters, headers.getAll(ATTESTATION), headers, dpop));
  }

  private static AttestationResult verify(
      Arrival.At at,
      ChallengeKeys keys,
      ClientId client,
      List<Attester> attesters,
      List<String> attestations,
      MultiMap headers,
      Optional<DpopEvidence> dpop) {
    List<String> pops = headers.getAll(POP);
    return attestations.size() == 1 && WitSvid.isOne(attestations.getFirst())
        ? new WitAttestation(at.realm(), keys, at.facts().received())
            .verify(client, attesters, attestations.getFirst(), pops)
        : new AttestationVerifier(at.realm(), keys, at.facts().received())
            .verify(client, attesters, attestations, pops, dpop);
  }
}
