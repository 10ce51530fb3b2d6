package dev.mayfly.attestation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.http.Answers;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.registry.AppliedRealm;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;

/// Issues client attestation JWTs as the realm's own attester.
final class ClientAttestations {
  /// Our own claim: by which kind of evidence the instance joined.
  static final String EVIDENCE = "evidence";

  private ClientAttestations() {}

  static Uni<String> issue(
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
    return realm.attestationKeys().sign(AttestationVerifier.ATTESTATION_TYPE, claims.toString());
  }
}
