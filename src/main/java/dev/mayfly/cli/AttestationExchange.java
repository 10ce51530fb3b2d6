package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The tool's side of `/attest`: evidence in, client attestation out; contracts.md has the bodies.
record AttestationExchange(BrokerClient http, RealmEndpoints realm, Proofs proofs) {
  private static final String NONCE_HEADER = "DPoP-Nonce";

  /// The same credentials with a fresh attestation for the same instance key.
  Credentials renew(Credentials credentials) {
    InstanceKey key = credentials.instanceKey().orElseThrow();
    return credentials.withInstance(key, attestation(byInstanceKey(credentials.clientId(), key)));
  }

  /// Renewal: the key that joined is the evidence.
  Answer byInstanceKey(ClientId client, InstanceKey key) {
    return offer(client, key, Map.of("type", "instance_key"));
  }

  /// Joining: the one-time secret vouches for a key the broker has not seen.
  Answer byJoinSecret(ClientId client, InstanceKey key, String joinSecret) {
    SequencedMap<String, Object> evidence = new LinkedHashMap<>();
    evidence.put("type", "join_secret");
    evidence.put("join_secret", joinSecret);
    return offer(client, key, evidence);
  }

  /// What a platform says of this host vouches for the key.
  Answer byPlatform(ClientId client, InstanceKey key, String kind, String token) {
    SequencedMap<String, Object> evidence = new LinkedHashMap<>();
    evidence.put("type", kind);
    evidence.put("token", token);
    return offer(client, key, evidence);
  }

  /// The attestation in an answer. Errors: the refusal, when there is none.
  static String attestation(Answer answer) {
    if (!answer.isOk()) {
      throw answer.failure();
    }
    return Json.string(answer.object(), "client_attestation").orElseThrow(answer::failure);
  }

  /// Any evidence, with a proof by the instance key.
  Answer offer(ClientId client, InstanceKey key, Map<String, Object> evidence) {
    SequencedMap<String, Object> body = new LinkedHashMap<>();
    body.put("client_id", client.value());
    body.put("evidence", evidence);
    Answer first = post(key, challenge(), Json.compact(body));
    if (!first.isError("use_dpop_nonce")) {
      return first;
    }
    return first
        .header(NONCE_HEADER)
        .map(nonce -> post(key, nonce, Json.compact(body)))
        .orElse(first);
  }

  /// A challenge of the broker; its DPoP nonces are such.
  String challenge() {
    Answer answer = http.post(realm.challenge(), Map.of(), "");
    if (!answer.isOk()) {
      throw answer.failure();
    }
    return answer.header(NONCE_HEADER).orElseThrow(answer::failure);
  }

  private Answer post(InstanceKey key, String nonce, String body) {
    return http.post(
        realm.attest(),
        Map.of(
            "Content-Type",
            "application/json",
            "DPoP",
            proofs.dpop(key, "POST", realm.attestUri(), nonce)),
        body);
  }
}
