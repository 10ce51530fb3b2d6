package dev.mayfly.signature;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Structured fields as far as signatures need them, RFC 8941: what is read, and what is refused.
class FieldReaderTest {
  private static Map<String, SignatureInput> inputs(String... lines) throws MalformedField {
    return SignatureInput.read(List.of(lines));
  }

  @Test
  void readsComponentsAndParametersAndKeepsTheTextAsItCame() throws MalformedField {
    String text =
        "( \"@method\"   \"cache-control\";sf );created=1618884475;  keyid=\"a\\\"b\";alg=\"x\"";
    SignatureInput input = inputs("sig1=" + text + " , other=()").get("sig1");
    assertEquals(text, input.text());
    assertEquals(
        List.of("@method", "cache-control"),
        input.components().stream().map(SignatureInput.Component::name).toList());
    assertEquals(1, input.components().getLast().parameters().size());
    assertEquals(Optional.of(Instant.ofEpochSecond(1618884475)), input.time("created"));
    assertEquals(Optional.of("a\"b"), input.text("keyid"));
    assertEquals(Optional.empty(), input.text("created"), "a number is no text");
    assertEquals(Optional.empty(), input.time("alg"), "a text is no time");
  }

  @Test
  void linesOfAFieldAreOneDictionary() throws MalformedField {
    assertEquals(List.of("a", "b", "c"), List.copyOf(inputs("a=()", "b=(), c=()").keySet()));
    assertEquals(Map.of(), inputs(""));
  }

  @Test
  void otherKindsOfParametersAreReadAndOfNoUse() throws MalformedField {
    SignatureInput input = inputs("a=();b;c=?1;d=1.5;e=tok/en*;f=:AAA=:;g=-5").get("a");
    assertEquals(List.of("b", "c", "d", "e", "f", "g"), List.copyOf(input.parameters().keySet()));
    assertEquals(Optional.of(Instant.ofEpochSecond(-5)), input.time("g"));
    assertEquals(Optional.empty(), input.time("d"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a=",
        "a=1",
        "a=\"x\"",
        "a=(",
        "a=(\"x\"",
        "a=(\"x\"\"y\")",
        "a=(x)",
        "a=(\"x\\n\")",
        "a=(\"ü\")",
        "a=();",
        "a=();=1",
        "a=();B=1",
        "a=();b=",
        "a=();b=1234567890123456",
        "a=();b=1.",
        "a=();b=1.2345",
        "a=();b=1;b=2",
        "a=();b=?2",
        "a=();b=:AA:",
        "a=(), a=()",
        "a=(),",
        "a=() b=()",
        ",a=()",
        "A=()",
        "a=(\"x\";p=1;p=2)",
        "a=:AAAA:"
      })
  void whatIsMalformedIsRefused(String text) {
    assertThrows(MalformedField.class, () -> inputs(text));
  }

  @Test
  void boundsAreKept() throws MalformedField {
    String sixteen = String.join(", ", numbered("k%d=()", 16));
    assertEquals(16, inputs(sixteen).size());
    assertThrows(MalformedField.class, () -> inputs(sixteen + ", k=()"));
    String many = String.join(" ", numbered("\"c%d\"", 32));
    assertEquals(32, inputs("a=(" + many + ")").get("a").components().size());
    assertThrows(MalformedField.class, () -> inputs("a=(" + many + " \"c\")"));
    String parameters = String.join("", numbered(";p%d", 16));
    assertEquals(16, inputs("a=()" + parameters).get("a").parameters().size());
    assertThrows(MalformedField.class, () -> inputs("a=()" + parameters + ";p"));
    String longest = "a=(\"" + "x".repeat(8 * 1024 - 6) + "\")";
    assertEquals(8 * 1024, longest.length());
    assertEquals(1, inputs(longest).size());
    assertThrows(MalformedField.class, () -> inputs(longest + " "));
  }

  private static List<String> numbered(String format, int count) {
    return java.util.stream.IntStream.range(0, count).mapToObj(format::formatted).toList();
  }

  @Test
  void aSignatureIsBase64WithItsPadding() throws MalformedField {
    assertArrayEquals(new byte[] {0, 0}, SignatureInput.signatures(List.of("s=:AAA=:;x")).get("s"));
    for (String text : List.of("s=:AAA:", "s=:AAB=:", "s=:A-A=:", "s=:AA A=:", "s=AAA=", "s=:AA")) {
      assertThrows(MalformedField.class, () -> SignatureInput.signatures(List.of(text)), text);
    }
  }

  /// RFC 9530 appendix B, and what our profile makes of it.
  @Test
  void aDigestIsOfExactlyTheContent() throws MalformedField {
    byte[] content = "{\"hello\": \"world\"}".getBytes(StandardCharsets.US_ASCII);
    String sha256 = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    String sha512 =
        "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHW"
            + "XvJwew==:";
    for (String field : List.of(sha256, sha512, sha256 + ", " + sha512, "md5=:AA==:, " + sha256)) {
      ContentDigest digest = ContentDigest.read(List.of(field));
      assertEquals(true, digest.isOf(content), field);
      assertEquals(false, digest.isOf(new byte[0]), field);
    }
    assertEquals(sha256, ContentDigest.sha256Of(content).toString());
    assertEquals(
        false,
        ContentDigest.read(List.of(sha512.replace("=:WZ", "=:WA"), sha256)).isOf(content),
        "each that is there must be right");
    String empty = Base64.getEncoder().encodeToString(new byte[31]);
    for (String field :
        List.of("", "md5=:AA==:", "sha-256=:" + empty + ":", sha256 + ", " + sha256, "sha-256=1")) {
      assertThrows(MalformedField.class, () -> ContentDigest.read(List.of(field)), field);
    }
  }
}
