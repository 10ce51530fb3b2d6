package dev.mayfly.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// The signers that `src/docs/request-signing.md` publishes, taken from there and run against the
/// vectors beside them.
class RequestSignersTest {
  private static final String KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
  private static final String TIME = "1790000000000";
  private static final String NONCE = "b3k2pp5k7z-50gnwp.yemd";

  /// What each program prints: the digest field and the signature of both vectors.
  private static final List<String> EXPECTED =
      List.of(
          "sha-256=:IYe3bKyofzaySmHl3RvmEx6NzidVbtsWKz9fpYyc8WY=:",
          "3ddfb05ba766bccd9ac976d3396930d1915586e7dc382ee00bdd5df777813233",
          "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
          "172fd72eda15ecfa17c50b74cabb4544ff2cc5e23e70f956ae4233db5a94b990");

  private static String published(String language) throws IOException {
    String text = Files.readString(Path.of("src/docs/request-signing.md"));
    int begin = text.indexOf("```" + language + "\n");
    assertTrue(begin >= 0, language);
    begin = text.indexOf('\n', begin) + 1;
    return text.substring(begin, text.indexOf("\n```", begin) + 1);
  }

  @Test
  void python() throws Exception {
    String program =
        published("python")
            + """
            a = signed("%1$s", "k", "token", "POST", "api.exchange.example", "/v1/orders", "dry_run=false",
                       b'%2$s', "%3$s", "%4$s")
            b = signed("%1$s", "k", "token", "GET", "api.exchange.example", "/v1/orders", timestamp="%3$s", nonce="%4$s")
            c = signed("%1$s", "k", "token", "GET", "api.exchange.example", "/v1/orders")
            assert len(c["Mayfly-Timestamp"]) == 13 and len(c["Mayfly-Nonce"]) >= 16 and c["Mayfly-Keyid"] == "k"
            for h in (a, b): print(h["Content-Digest"], h["Mayfly-Signature"])
            """
                .formatted(KEY, SignedRequests.CONTENT, TIME, NONCE);
    assertEquals(EXPECTED, printed(List.of("python3", "-"), program));
  }

  @Test
  void node() throws Exception {
    String program =
        published("javascript")
            + """
            const at = { host: 'api.exchange.example', path: '/v1/orders' }, then = { timestamp: '%3$s', nonce: '%4$s' };
            const a = signed('%1$s', 'k', 'token', { method: 'POST', ...at, query: 'dry_run=false', content: '%2$s', ...then });
            const b = signed('%1$s', 'k', 'token', { method: 'GET', ...at, ...then });
            const c = signed('%1$s', 'k', 'token', { method: 'GET', ...at });
            if (c['Mayfly-Timestamp'].length !== 13 || c['Mayfly-Nonce'].length < 16) throw new Error('defaults');
            for (const h of [a, b]) console.log(h['Content-Digest'], h['Mayfly-Signature']);
            """
                .formatted(KEY, SignedRequests.CONTENT, TIME, NONCE);
    assertEquals(EXPECTED, printed(List.of("node", "--input-type=module", "-"), program));
  }

  @Test
  void bash() throws Exception {
    assumeTrue(isHere("openssl"), "openssl is not here");
    String program =
        """
        set -euo pipefail
        KEY=%1$s KEYID=k TOKEN=token
        %5$s
        value() { sed -n "s/^$1: //p"; }
        both() { local all; all=$(signed "$@"); echo "$(value Content-Digest <<<"$all") $(value Mayfly-Signature <<<"$all")"; }
        both POST api.exchange.example /v1/orders dry_run=false '%2$s' %3$s %4$s
        both GET api.exchange.example /v1/orders '' '' %3$s %4$s
        fresh=$(signed GET api.exchange.example /v1/orders '' '')
        [[ $(value Mayfly-Timestamp <<<"$fresh") =~ ^[0-9]{13}$ && $(value Mayfly-Nonce <<<"$fresh") =~ ^.{16,}$ ]]
        """
            .formatted(KEY, SignedRequests.CONTENT, TIME, NONCE, published("bash"));
    assertEquals(EXPECTED, printed(List.of("bash", "-s"), program));
  }

  private static boolean isHere(String program) {
    return List.of(System.getenv("PATH").split(":")).stream()
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static List<String> printed(List<String> command, String program) throws Exception {
    assumeTrue(isHere(command.getFirst()), command.getFirst() + " is not here");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
      in.write(program);
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "no end");
    assertEquals(0, process.exitValue(), output);
    return List.of(output.strip().split("\\s+"));
  }
}
