package dev.mayfly.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A proxy's question about a request to the lab's API, and the tool's signature over it. We are
/// the proxy: at 127.0.0.99, which the broker under test has to trust
/// (`MAYFLY_TRUSTED_PROXIES=127.0.0.99/32`; `./mayfly test` starts it so).
final class SignedCheck {
  static final String CONTENT = "{\"symbol\":\"BTC-USD\",\"side\":\"buy\",\"qty\":\"1\"}";
  private static final String PROXY = "127.0.0.99";
  private static final String HOST = "api.lab.example";

  private final Tool.Tokens tokens;
  private final String key;
  private final String keyid;
  private final String method;
  private final String uri;
  final Map<String, String> headers = new LinkedHashMap<>();
  private byte[] forwarded = new byte[0];

  private SignedCheck(
      Tool.Tokens tokens, String key, String keyid, String method, String uri, String content) {
    this.tokens = tokens;
    this.key = key;
    this.keyid = keyid;
    this.method = method;
    this.uri = uri;
    headers.put("Authorization", "Bearer " + tokens.access());
    if (!content.isEmpty()) {
      headers.put("Content-Type", "application/json");
      headers.put("Content-Digest", "sha-256=:" + sha256(content) + ":");
    }
  }

  /// `key` and `keyid` as the token response had them.
  static SignedCheck order(Tool.Tokens tokens, String key, String keyid) {
    return new SignedCheck(tokens, key, keyid, "POST", "/v1/orders?dry_run=false", CONTENT);
  }

  static SignedCheck query(Tool.Tokens tokens, String key, String keyid, String uri) {
    return new SignedCheck(tokens, key, keyid, "GET", uri, "");
  }

  String url() {
    return "https://" + HOST + uri;
  }

  String method() {
    return method;
  }

  List<String> covered() {
    List<String> all = new ArrayList<>(List.of("@method", "@authority", "@path", "@query"));
    headers.keySet().forEach(name -> all.add(name.toLowerCase(java.util.Locale.ROOT)));
    return all;
  }

  SignedCheck with(String name, String value) {
    headers.put(name, value);
    return this;
  }

  SignedCheck without(String name) {
    headers.remove(name);
    return this;
  }

  /// Sends the content along with the question, as Envoy can.
  SignedCheck forwarding(String content) {
    forwarded = content.getBytes(StandardCharsets.UTF_8);
    return this;
  }

  /// RFC 9421 with `hmac-sha256`.
  SignedCheck signed() {
    return signed(Instant.now(), UUID.randomUUID().toString(), covered());
  }

  SignedCheck signed(Instant created, String nonce, List<String> covered) {
    StringBuilder base = new StringBuilder();
    for (String name : covered) {
      base.append('"').append(name).append("\": ").append(value(name)).append('\n');
    }
    String input =
        "(%s);created=%d;nonce=\"%s\";keyid=\"%s\";tag=\"xrq-v1\""
            .formatted(
                String.join(" ", covered.stream().map(name -> '"' + name + '"').toList()),
                created.getEpochSecond(),
                nonce,
                keyid);
    base.append("\"@signature-params\": ").append(input);
    return with("Signature-Input", "s=" + input)
        .with("Signature", "s=:" + Base64.getEncoder().encodeToString(hmac(base.toString())) + ":");
  }

  private String value(String name) {
    int query = uri.indexOf('?');
    return switch (name) {
      case "@method" -> method;
      case "@authority" -> HOST;
      case "@path" -> query < 0 ? uri : uri.substring(0, query);
      case "@query" -> query < 0 ? "?" : uri.substring(query);
      default ->
          headers.entrySet().stream()
              .filter(header -> header.getKey().equalsIgnoreCase(name))
              .findFirst()
              .orElseThrow()
              .getValue();
    };
  }

  /// The plain scheme.
  SignedCheck plain() {
    String timestamp = Long.toString(System.currentTimeMillis());
    String nonce = UUID.randomUUID().toString();
    String content = headers.containsKey("Content-Digest") ? CONTENT : "";
    String text =
        String.join(
            "\n",
            "mayfly-hmac-v1",
            timestamp,
            nonce,
            method,
            HOST,
            value("@path"),
            value("@query").substring(1),
            sha256(content),
            tokens.access());
    return with("Mayfly-Keyid", keyid)
        .with("Mayfly-Timestamp", timestamp)
        .with("Mayfly-Nonce", nonce)
        .with("Mayfly-Signature", java.util.HexFormat.of().formatHex(hmac(text)));
  }

  /// Skips where the broker does not take us for a proxy.
  RawHttp.Answer asked() {
    return asked(method, uri);
  }

  /// The same signature with another request.
  RawHttp.Answer asked(String otherMethod, String otherUri) {
    LocalAddresses.assumeTheBrokerIsLocal();
    List<String> all = new ArrayList<>();
    headers.forEach((name, value) -> all.add(name + ": " + value));
    all.add("X-Forwarded-For: 127.0.0.1");
    all.add("X-Forwarded-Proto: https");
    all.add("X-Forwarded-Host: " + HOST);
    all.add("X-Forwarded-Method: " + otherMethod);
    all.add("X-Forwarded-Uri: " + otherUri);
    var answer =
        RawHttp.send(
            forwarded.length == 0 ? "GET" : "POST",
            URI.create(Lab.realm().issuer()).getRawPath() + "/check",
            all,
            forwarded,
            address());
    assumeTrue(
        !reason(answer).equals("proxy_not_trusted") && answer.status() != 400,
        "the broker does not trust a proxy at " + PROXY);
    return answer;
  }

  private static InetAddress address() {
    try {
      return InetAddress.getByName(PROXY);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  static String reason(RawHttp.Answer answer) {
    return header(answer, "X-Mayfly-Reason");
  }

  /// Empty where there is none.
  static String header(RawHttp.Answer answer, String name) {
    return answer
        .head()
        .lines()
        .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
        .map(line -> line.substring(name.length() + 1).strip())
        .findFirst()
        .orElse("");
  }

  private byte[] hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Base64.getUrlDecoder().decode(key), "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static String sha256(String content) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(content.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
