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
///
/// @param dpop one DPoP proof binds the token and serves as the proof: the attestation draft's
///     combined mode
record TokenExchange(BrokerClient http, RealmEndpoints realm, Proofs proofs, boolean dpop) {
  private static final String NONCE_HEADER = "DPoP-Nonce";
  private static final String CHALLENGE_HEADER = "OAuth-Client-Attestation-Challenge";

  /// One token request, and a second one with the broker's challenge when it asks for that.
  Answer request(Credentials credentials, Map<String, String> form) {
    if (credentials.instanceKey().isEmpty()) {
      return post(credentials, Map.of(), form);
    }
    if (dpop) {
      return bound(credentials, form);
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

  private Answer bound(Credentials credentials, Map<String, String> form) {
    Answer answer = challengeAnswer();
    String nonce = answer.header(NONCE_HEADER).orElseThrow(answer::failure);
    Answer first = post(credentials, dpopHeaders(credentials, nonce), form);
    if (!first.isError("use_dpop_nonce")) {
      return first;
    }
    return first
        .header(NONCE_HEADER)
        .map(fresh -> post(credentials, dpopHeaders(credentials, fresh), form))
        .orElse(first);
  }

  private Answer challengeAnswer() {
    Answer answer = http.post(realm.challenge(), Map.of(), "");
    if (!answer.isOk()) {
      throw answer.failure();
    }
    return answer;
  }

  private String challenge() {
    Answer answer = challengeAnswer();
    return Json.string(answer.object(), "attestation_challenge").orElseThrow(answer::failure);
  }

  private Map<String, String> dpopHeaders(Credentials credentials, String nonce) {
    return Map.of(
        "OAuth-Client-Attestation",
        credentials.attestation().orElseThrow(),
        "DPoP",
        proofs.dpop(
            credentials.instanceKey().orElseThrow(), "POST", realm.token().toString(), nonce));
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

  /// Authenticates without an effect: it revokes what is no token of anybody.
  Answer revokeNothing(Credentials credentials) {
    return http.post(
        realm.revocation(),
        Map.of(
            "Authorization",
            basic(credentials.clientId().value(), credentials.clientSecret().orElseThrow()),
            "Content-Type",
            "application/x-www-form-urlencoded"),
        encode(Map.of("token", "nothing")));
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
