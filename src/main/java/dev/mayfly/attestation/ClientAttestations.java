package dev.mayfly.attestation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TokenSigner;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;

/// Issues client attestation JWTs as the realm's own attester.
@ApplicationScoped
public class ClientAttestations {
  /// Our own claim: by which kind of evidence the instance joined.
  static final String EVIDENCE = "evidence";

  private final TokenSigner signer;

  @Inject
  ClientAttestations(TokenSigner signer) {
    this.signer = signer;
  }

  Uni<String> issue(
      AppliedRealm realm,
      ClientId client,
      ECKey instanceKey,
      String evidence,
      Instant now,
      Duration lifetime) {
    ObjectNode claims = Answers.JSON.createObjectNode();
    claims.put("sub", client.value());
    claims.put("iat", now.getEpochSecond());
    claims.put("exp", now.plus(lifetime).getEpochSecond());
    claims.put(EVIDENCE, evidence);
    claims
        .putObject("cnf")
        .putObject("jwk")
        .put("kty", "EC")
        .put("crv", "P-256")
        .put("x", instanceKey.getX().toString())
        .put("y", instanceKey.getY().toString());
    return signer.sign(
        realm.attestationKey(), AttestationVerifier.ATTESTATION_TYPE, claims.toString());
  }
}
