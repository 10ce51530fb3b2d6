package dev.mayfly.audit;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/// A trail in memory with keys of its own, as the lines of an export.
public final class TrailMaker {
  public static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

  /// Without the header and the end; a test may change them as it likes.
  public final List<String> lines = new ArrayList<>();

  private final List<String> keys = new ArrayList<>();
  private final List<TrailRow> uncovered = new ArrayList<>();
  private KeyPair signer;
  private String kid;
  private String newest = "";
  private long rows;

  public TrailMaker() {
    newKey("first");
  }

  public void newKey(String name) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      signer = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    kid = name;
    keys.add(
        new ECKey.Builder(Curve.P_256, (ECPublicKey) signer.getPublic())
            .keyID(kid)
            .build()
            .toJSONString());
  }

  /// What the key named so signed is not to be relied on.
  public void distrust(String name) {
    keys.replaceAll(
        key ->
            key.contains("\"kid\":\"" + name + "\"")
                ? key.substring(0, key.length() - 1) + ",\"distrusted\":true}"
                : key);
  }

  public TrailRow row() {
    rows++;
    TrailRow row =
        new TrailRow(
            new TrailPosition(700 + rows / 3, new UUID(rows << 20 | 0x7000, 7)),
            NOON.plusMillis(rows),
            "nevocoin",
            "token_issued",
            "info",
            Optional.of("bot"),
            Optional.empty(),
            Optional.of("jti-" + rows),
            "request-" + rows,
            "192.0.2.7",
            Optional.of("GB"),
            "{\"scope\":\"read\"}");
    uncovered.add(row);
    lines.add(row.line());
    return row;
  }

  /// Over `count` new rows; answers its number and hash.
  public TrailVerification.Seen checkpoint(int count) {
    for (int i = 0; i < count; i++) {
      row();
    }
    return cover();
  }

  /// Over what is not covered.
  public TrailVerification.Seen cover() {
    Checkpoint.Drafted draft =
        newest.isEmpty()
            ? Checkpoint.first(uncovered, NOON)
            : Checkpoint.read(newest).next(newest, uncovered, NOON);
    uncovered.clear();
    newest = sign(draft.checkpoint().payload());
    lines.add("{\"checkpoint\":\"%s\",\"leaves\":\"%s\"}".formatted(newest, draft.leaves()));
    return new TrailVerification.Seen(draft.checkpoint().number(), Checkpoint.hash(newest));
  }

  private String sign(String payload) {
    String header =
        "{\"typ\":\"%s\",\"alg\":\"ES256\",\"kid\":\"%s\"}".formatted(Checkpoint.TYPE, kid);
    String input = base64(bytes(header)) + "." + base64(bytes(payload));
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(signer.getPrivate());
      signature.update(bytes(input));
      return input + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  public String jwks() {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }

  public List<String> export() {
    List<String> all = new ArrayList<>();
    all.add("{\"export\":1,\"at\":\"2026-11-22T12:00:00Z\",\"keys\":[%s]}".formatted(joined()));
    all.addAll(lines);
    all.add("{\"end\":{\"rows\":1,\"checkpoint\":1,\"at\":\"2026-11-22T12:00:00Z\"}}");
    return all;
  }

  private String joined() {
    return String.join(",", keys);
  }

  public String text() {
    return export().stream().collect(Collectors.joining("\n", "", "\n"));
  }
}
