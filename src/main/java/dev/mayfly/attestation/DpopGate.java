package dev.mayfly.attestation;

import dev.mayfly.oauth.OAuthError;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.registry.RegistrySettings;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/// The DPoP proof of a request, from its header to a verified value.
@Singleton
public class DpopGate {
  public static final String HEADER = "DPoP";

  private final Challenges challenges;
  private final RegistrySettings settings;

  @Inject
  DpopGate(Challenges challenges, RegistrySettings settings) {
    this.challenges = challenges;
    this.settings = settings;
  }

  /// For a POST to an endpoint of ours, `/token`: at the issuer's address, or the one for clients
  /// with certificates.
  public Uni<DpopResult> verify(Arrival.At at, String endpoint, MultiMap headers) {
    List<String> uris = new ArrayList<>(List.of(at.realm().issuer() + endpoint));
    settings
        .mtlsBaseUrl()
        .ifPresent(base -> uris.add(base + "/realms/" + at.realm().name() + endpoint));
    return verify(at, new HttpTarget("POST", uris), headers);
  }

  /// For a request to somebody else: its method and address.
  public Uni<DpopResult> verify(Arrival.At at, String method, String uri, MultiMap headers) {
    return verify(at, new HttpTarget(method, List.of(uri)), headers);
  }

  private Uni<DpopResult> verify(Arrival.At at, HttpTarget target, MultiMap headers) {
    List<String> proofs = headers.getAll(HEADER);
    return proofs.isEmpty()
        ? Uni.createFrom().item(new DpopResult.Absent())
        : challenges
            .keys(at.facts().received())
            .map(
                keys ->
                    switch (DpopProof.verify(
                        proofs, target, at.realm(), keys, at.facts().received())) {
                      case DpopProof.Result.Accepted(DpopProof proof)
                          when at.realm().retired().contains(proof.jkt().value()) ->
                          // As a revoked client is answered, of whose keys this is one.
                          new DpopResult.Refused(OAuthError.INVALID_CLIENT, "the key was retired");
                      case DpopProof.Result.Accepted(DpopProof proof) ->
                          new DpopResult.Accepted(proof);
                      case DpopProof.Result.Refused refused ->
                          new DpopResult.Refused(refused.error(), refused.because());
                    });
  }
}
