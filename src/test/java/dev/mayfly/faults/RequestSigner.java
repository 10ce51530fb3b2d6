package dev.mayfly.faults;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A tool that signs its requests with the key of its token response: by RFC 9421 and by the plain
/// scheme. What it signs is always `POST /v1/trades?x=1` of `api.exchange.example` with `{}`.
record RequestSigner(String token, byte[] key, String keyid) {
  static final String DIGEST = "sha-256=:" + sha256("{}") + ":";

  static RequestSigner of(JsonNode tokenResponse) {
    return new RequestSigner(
        tokenResponse.path("access_token").asText(),
        Base64.getUrlDecoder().decode(tokenResponse.path("request_signing_key").asText()),
        tokenResponse.path("request_signing_keyid").asText());
  }

  List<String> unsigned() {
    return List.of("Authorization: Bearer " + token, "Content-Digest: " + DIGEST);
  }

  List<String> message(Instant created) {
    return message(created, UUID.randomUUID().toString());
  }

  List<String> message(Instant created, String nonce) {
    String parameters =
        "(\"@method\" \"@authority\" \"@path\" \"@query\" \"authorization\" \"content-type\""
            + " \"content-digest\");created=%d;nonce=\"%s\";keyid=\"%s\";tag=\"xrq-v1\""
                .formatted(created.getEpochSecond(), nonce, keyid);
    String base =
        String.join(
            "\n",
            "\"@method\": POST",
            "\"@authority\": api.exchange.example",
            "\"@path\": /v1/trades",
            "\"@query\": ?x=1",
            "\"authorization\": Bearer " + token,
            "\"content-type\": application/json",
            "\"content-digest\": " + DIGEST,
            "\"@signature-params\": " + parameters);
    List<String> headers = new ArrayList<>(unsigned());
    headers.add("Signature-Input: s=" + parameters);
    headers.add("Signature: s=:" + Base64.getEncoder().encodeToString(hmac(base)) + ":");
    return headers;
  }

  List<String> plain(Instant created, String nonce) {
    String text =
        String.join(
            "\n",
            "mayfly-hmac-v1",
            Long.toString(created.toEpochMilli()),
            nonce,
            "POST",
            "api.exchange.example",
            "/v1/trades",
            "x=1",
            sha256("{}"),
            token);
    List<String> headers = new ArrayList<>(unsigned());
    headers.add("Mayfly-Keyid: " + keyid);
    headers.add("Mayfly-Timestamp: " + created.toEpochMilli());
    headers.add("Mayfly-Nonce: " + nonce);
    headers.add("Mayfly-Signature: " + HexFormat.of().formatHex(hmac(text)));
    return headers;
  }

  RequestSigner withAnotherKey() {
    return new RequestSigner(token, new byte[32], keyid);
  }

  private byte[] hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String sha256(String content) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(content.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String toString() {
    return "RequestSigner[" + keyid + ", redacted]";
  }
}
