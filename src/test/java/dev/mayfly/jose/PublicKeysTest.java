package dev.mayfly.jose;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PublicKeysTest {
  private static final String X = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
  private static final String Y = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";
  private static final Map<String, Object> EC = Map.of("kty", "EC", "crv", "P-256", "x", X, "y", Y);

  private static Map<String, Object> with(String member, Object value) {
    Map<String, Object> jwk = new HashMap<>(EC);
    jwk.put(member, value);
    return jwk;
  }

  /// RFC 9449 §4.1 shows this key and §6.1 its thumbprint.
  @Test
  void thumbprintOfTheKeyInRfc9449() throws Exception {
    assertEquals(
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        PublicKeys.thumbprint(JWK.parse(EC)).value());
  }

  /// RFC 8037 appendix A.3.
  @Test
  void thumbprintOfTheEd25519KeyInRfc8037() throws Exception {
    JWK key =
        JWK.parse(
            "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                + "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}");
    assertEquals("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", PublicKeys.thumbprint(key).value());
  }

  @Test
  void thumbprintIgnoresWhatIsNoPartOfTheKey() throws Exception {
    assertEquals(
        PublicKeys.thumbprint(JWK.parse(EC)),
        PublicKeys.thumbprint(JWK.parse(with("kid", "another"))));
  }

  @Test
  void anInstanceKeyIsAPublicP256Key() {
    assertTrue(PublicKeys.instanceKey(EC).isPresent());
  }

  /// [ATT-4]: no private part.
  @Test
  void aPrivateKeyIsNoInstanceKey() throws Exception {
    ECKey pair = new ECKeyGenerator(Curve.P_256).generate();
    assertEquals(Optional.empty(), PublicKeys.instanceKey(pair));
    assertEquals(Optional.empty(), PublicKeys.instanceKey(pair.toJSONObject()));
    assertTrue(PublicKeys.instanceKey(pair.toPublicJWK()).isPresent());
  }

  @Test
  void anotherCurveOrKindIsNoInstanceKey() throws Exception {
    assertEquals(
        Optional.empty(),
        PublicKeys.instanceKey(
            new ECKeyGenerator(Curve.P_384).generate().toPublicJWK().toJSONObject()));
    assertEquals(Optional.empty(), PublicKeys.instanceKey(Map.of("kty", "oct", "k", "c2VjcmV0")));
    assertEquals(Optional.empty(), PublicKeys.instanceKey(Map.of()));
  }

  @Test
  void aPointBesideTheCurveIsNoInstanceKey() {
    assertEquals(Optional.empty(), PublicKeys.instanceKey(with("y", X)));
  }

  @Test
  void membersOfAnotherKindAreNoInstanceKey() {
    assertEquals(Optional.empty(), PublicKeys.instanceKey(with("x", 7)));
    assertEquals(Optional.empty(), PublicKeys.instanceKey(with("kty", Map.of())));
    assertEquals(Optional.empty(), PublicKeys.instanceKey(Map.of(1, 2)));
  }

  /// 43 characters of base64url hold 258 bits: the last two are ignored by decoders.
  @Test
  void oneKeyHasOneThumbprintHoweverItIsWritten() throws Exception {
    ECKey key = new ECKeyGenerator(Curve.P_256).generate().toPublicJWK();
    String x = key.getX().toString();
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char last = alphabet.charAt(alphabet.indexOf(x.charAt(42)) ^ 1);
    ECKey other =
        ECKey.parse(
            key.toJSONString().replace('"' + x + '"', '"' + x.substring(0, 42) + last + '"'));
    assertEquals(key.toECPublicKey(), other.toECPublicKey());
    assertNotEquals(PublicKeys.thumbprint(key), PublicKeys.thumbprint(other));
    assertEquals(PublicKeys.canonicalThumbprint(key), PublicKeys.canonicalThumbprint(other));
    assertEquals(
        PublicKeys.thumbprint(key),
        PublicKeys.thumbprint(PublicKeys.instanceKey(other).orElseThrow()));
  }
}
