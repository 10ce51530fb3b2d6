package dev.mayfly.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// The tool's side of the token endpoint: client authentication by secret, and beside it the client
/// attestation with a proof of its key.
record TokenExchange(BrokerClient http, RealmEndpoints realm, Proofs proofs) {
  private static final String CHALLENGE_HEADER = "OAuth-Client-Attestation-Challenge";

  /// One token request, and a second one with the broker's challenge when it asks for that.
  Answer request(Credentials credentials, Map<String, String> form) {
    if (credentials.instanceKey().isEmpty()) {
      return post(credentials, Map.of(), form);
    }
    Answer first = post(credentials, attestationHeaders(credentials, challenge()), form);
    if (!first.isError("use_attestation_challenge")) {
      return first;
    }
    return first
        .header(CHALLENGE_HEADER)
        .map(challenge -> post(credentials, attestationHeaders(credentials, challenge), form))
        .orElse(first);
  }

  private String challenge() {
    Answer answer = http.post(realm.challenge(), Map.of(), "");
    if (!answer.isOk()) {
      throw answer.failure();
    }
    return Json.string(answer.object(), "attestation_challenge").orElseThrow(answer::failure);
  }

  private Map<String, String> attestationHeaders(Credentials credentials, String challenge) {
    return Map.of(
        "OAuth-Client-Attestation",
        credentials.attestation().orElseThrow(),
        "OAuth-Client-Attestation-PoP",
        proofs.attestationPop(credentials.instanceKey().orElseThrow(), realm.issuer(), challenge));
  }

  private Answer post(
      Credentials credentials, Map<String, String> attestation, Map<String, String> form) {
    SequencedMap<String, String> headers = new LinkedHashMap<>(attestation);
    headers.put(
        "Authorization",
        basic(credentials.clientId().value(), credentials.clientSecret().orElseThrow()));
    headers.put("Content-Type", "application/x-www-form-urlencoded");
    return http.post(realm.token(), headers, encode(form));
  }

  /// RFC 6749 §2.3.1: both parts are form-encoded before they are joined and base64-encoded.
  static String basic(String clientId, String clientSecret) {
    String pair = encode(clientId) + ":" + encode(clientSecret);
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.US_ASCII));
  }

  private static String encode(Map<String, String> form) {
    return form.entrySet().stream()
        .map(parameter -> encode(parameter.getKey()) + "=" + encode(parameter.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
