package dev.mayfly.attestation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.http.Answers;
import dev.mayfly.ledger.Registration.Attested;
import dev.mayfly.ledger.Registration.NewAttestation;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.realm.Attester;
import dev.mayfly.realm.EvidenceRule;
import dev.mayfly.registry.AppliedRealm;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.Optional;

/// Issues client attestation JWTs as the realm's own attester.
final class ClientAttestations {
  /// Our own claims: by which kind of evidence the instance was attested, and by which rule.
  static final String EVIDENCE = "evidence";

  static final String RULE = "evidence_rule";

  private ClientAttestations() {}

  /// What is to be recorded, and then signed. `ends`: an earlier end than the attester's.
  static NewAttestation prepare(
      Attester.Builtin attester, Attested attested, Instant now, Optional<Instant> ends) {
    Instant end = now.plus(attester.attestationLifetime());
    return new NewAttestation(
        Jti.random(), attested, ends.filter(earlier -> earlier.isBefore(end)).orElse(end));
  }

  static Attested byJoinSecret(Attester.Builtin attester) {
    return new Attested(
        attester.name(),
        Attester.JoinSecret.NAME,
        Attester.JoinSecret.NAME,
        attester.joinSecret().level().name(),
        "");
  }

  static Attested byRule(Attester.Builtin attester, EvidenceRule rule, String subject) {
    return new Attested(
        attester.name(), rule.name(), rule.kind(), rule.worth().level().name(), subject);
  }

  static Uni<String> sign(
      AppliedRealm realm,
      ClientId client,
      ECKey instanceKey,
      NewAttestation attestation,
      Instant now) {
    ObjectNode claims = Answers.JSON.createObjectNode();
    claims.put("sub", client.value());
    claims.put("iat", now.getEpochSecond());
    claims.put("exp", attestation.expiresAt().getEpochSecond());
    claims.put("jti", attestation.jti().value());
    claims.put(EVIDENCE, attestation.attested().kind());
    claims.put(RULE, attestation.attested().rule());
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
