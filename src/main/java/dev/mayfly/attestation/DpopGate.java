package dev.mayfly.attestation;

import dev.mayfly.oauth.OAuthError;
import dev.mayfly.registry.Arrivals.Arrival;
import io.smallrye.mutiny.Uni;
import io.vertx.core.MultiMap;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;

/// The DPoP proof of a request, from its header to a verified value.
@ApplicationScoped
public class DpopGate {
  public static final String HEADER = "DPoP";

  private final Challenges challenges;

  @Inject
  DpopGate(Challenges challenges) {
    this.challenges = challenges;
  }

  /// `uri`: the external address of the endpoint.
  public Uni<DpopResult> verify(Arrival.At at, String uri, MultiMap headers) {
    return verify(at, "POST", uri, headers);
  }

  /// As above, for a request to somebody else: its method and address.
  public Uni<DpopResult> verify(Arrival.At at, String method, String uri, MultiMap headers) {
    List<String> proofs = headers.getAll(HEADER);
    return proofs.isEmpty()
        ? Uni.createFrom().item(new DpopResult.Absent())
        : challenges
            .keys(at.facts().received())
            .map(
                keys ->
                    switch (DpopProof.verify(
                        proofs, method, uri, at.realm(), keys, at.facts().received())) {
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
