package dev.mayfly.jose;

import static dev.mayfly.jose.JwtMaker.base64url;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactJwtTest {
  private static final Set<String> ANY = Set.of("", "jwt", "at+jwt");
  private static final ECKey KEY = ecKey(Curve.P_256);
  private static final String GOOD = es256("{\"alg\":\"ES256\"}", "{\"iss\":\"us\"}");

  private static ECKey ecKey(Curve curve) {
    try {
      return new ECKeyGenerator(curve).generate();
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String es256(String header, String payload) {
    try {
      return JwtMaker.es256(header, payload, KEY.toECPrivateKey());
    } catch (com.nimbusds.jose.JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static CompactJwt legible(String text) {
    return assertInstanceOf(CompactJwt.Read.Legible.class, CompactJwt.read(text, ANY)).jwt();
  }

  private static String objection(String text) {
    return assertInstanceOf(CompactJwt.Read.Unreadable.class, CompactJwt.read(text, ANY)).because();
  }

  /// RFC 7515 appendix A.3: a judge that somebody else published.
  @Test
  void verifiesTheEs256ExampleOfRfc7515() throws Exception {
    CompactJwt jwt =
        legible(
            "eyJhbGciOiJFUzI1NiJ9"
                + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19y"
                + "b290Ijp0cnVlfQ"
                + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-K"
                + "g6NU1Q");
    ECKey key =
        ECKey.parse(
            "{\"kty\":\"EC\",\"crv\":\"P-256\","
                + "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                + "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}");
    assertTrue(jwt.isSignedBy(key));
    assertFalse(jwt.isSignedBy(KEY));
    assertEquals(Optional.of("joe"), jwt.text("iss"));
    assertEquals(Optional.of(Instant.ofEpochSecond(1300819380)), jwt.expiresAt());
  }

  /// RFC 8037 appendix A.4 is no JWT: its payload is a sentence. What cannot carry claims is not
  /// read, however well it is signed.
  @Test
  void refusesTheEd25519ExampleOfRfc8037ForItsPayload() {
    assertEquals(
        "not a signed JWT",
        objection(
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
                + ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_M"
                + "uM0KAg"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EdDSA", "Ed25519"})
  void verifiesEd25519UnderBothOfItsNames(String algorithm) throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    OctetKeyPair key =
        new OctetKeyPair.Builder(Curve.Ed25519, point((EdECPublicKey) pair.getPublic())).build();
    String text = JwtMaker.ed25519("{\"alg\":\"" + algorithm + "\"}", "{}", pair.getPrivate());
    assertTrue(legible(text).isSignedBy(key));
    assertFalse(legible(withOneBitChanged(text)).isSignedBy(key));
    assertFalse(legible(GOOD).isSignedBy(key), "an ES256 header with an Ed25519 key");
  }

  /// 32 bytes, little-endian, the sign of x in the highest bit: RFC 8032 §5.1.2.
  private static Base64URL point(EdECPublicKey key) {
    byte[] big = key.getPoint().getY().toByteArray();
    byte[] little = new byte[32];
    for (int i = 0; i < big.length && i < 32; i++) {
      little[i] = big[big.length - 1 - i];
    }
    if (key.getPoint().isXOdd()) {
      little[31] |= (byte) 0x80;
    }
    return Base64URL.encode(little);
  }

  @Test
  void anEd25519KeyThatIsNoPointSignsNothing() throws Exception {
    byte[] noPoint = new byte[32];
    Arrays.fill(noPoint, (byte) 0xFF);
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    String text = JwtMaker.ed25519("{\"alg\":\"EdDSA\"}", "{}", pair.getPrivate());
    OctetKeyPair key = new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(noPoint)).build();
    assertFalse(legible(text).isSignedBy(key));
  }

  @Test
  void verifiesPs256By2048BitsAndNotByLess() throws Exception {
    assertTrue(isSignedByRsaOf(2048));
    assertFalse(isSignedByRsaOf(1024));
  }

  private static boolean isSignedByRsaOf(int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(bits);
    KeyPair pair = generator.generateKeyPair();
    RSAKey key = new RSAKey.Builder((RSAPublicKey) pair.getPublic()).build();
    String text = JwtMaker.ps256("{\"alg\":\"PS256\"}", "{}", pair.getPrivate());
    assertFalse(legible(withOneBitChanged(text)).isSignedBy(key));
    return legible(text).isSignedBy(key);
  }

  private static String withOneBitChanged(String jwt) {
    int at = jwt.lastIndexOf('.') + 5;
    char other = jwt.charAt(at) == 'A' ? 'B' : 'A';
    return jwt.substring(0, at) + other + jwt.substring(at + 1);
  }

  @Test
  void verifiesEs256AndNotWhatWasChanged() {
    assertTrue(legible(GOOD).isSignedBy(KEY));
    assertFalse(legible(withOneBitChanged(GOOD)).isSignedBy(KEY));
    assertFalse(legible(GOOD).isSignedBy(ecKey(Curve.P_256)));
  }

  @Test
  void refusesADerSignature() throws Exception {
    java.security.Signature der = java.security.Signature.getInstance("SHA256withECDSA");
    der.initSign(KEY.toECPrivateKey());
    String input = GOOD.substring(0, GOOD.lastIndexOf('.'));
    der.update(input.getBytes(UTF_8));
    assertFalse(legible(input + '.' + base64url(der.sign())).isSignedBy(KEY));
  }

  @Test
  void refusesASignatureOfZeros() {
    String input = GOOD.substring(0, GOOD.lastIndexOf('.'));
    assertFalse(legible(input + '.' + base64url(new byte[64])).isSignedBy(KEY));
  }

  @Test
  void theKeysOwnAlgorithmMustAgree() {
    ECKey forAnother = new ECKey.Builder(KEY).algorithm(JWSAlgorithm.ES384).build();
    assertFalse(legible(GOOD).isSignedBy(forAnother));
    assertFalse(legible(GOOD).isSignedBy(ecKey(Curve.P_384)));
  }

  /// RFC 8725 §3.1: `none`, MACs and whatever is not listed have no branch.
  @ParameterizedTest
  @ValueSource(strings = {"none", "HS256", "RS256", "ES384", "ES256K", "PS512", "Ed448", "es256"})
  void refusesAnAlgorithmThatIsNotListed(String algorithm) {
    CompactJwt.Read read = CompactJwt.read(es256("{\"alg\":\"" + algorithm + "\"}", "{}"), ANY);
    assertInstanceOf(CompactJwt.Read.Unreadable.class, read);
  }

  @Test
  void refusesAnUnsecuredJwtOfTwoParts() {
    String unsecured = base64url("{\"alg\":\"none\"}".getBytes(UTF_8)) + ".e30.";
    assertEquals("not a compact JWS of at most 16 KiB", objection(unsecured));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}",
        "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":true}",
        "{\"alg\":\"ES256\",\"b64\":false}",
        "{\"alg\":\"ES256\",\"crit\":[]}"
      })
  void refusesCriticalParametersAndUnencodedPayloads(String header) {
    assertInstanceOf(CompactJwt.Read.Unreadable.class, CompactJwt.read(es256(header, "{}"), ANY));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "[[\"iss\",\"us\"]]",
        "\"text\"",
        "null",
        "",
        "{",
        "{}{}",
        "{\"iat\":\"now\"}",
        "{\"jti\":7}",
        "{\"exp\":[]}",
        "{\"iss\":\"a\",\"iss\":\"b\"}"
      })
  void refusesAPayloadThatIsNoClaimsSet(String payload) {
    assertInstanceOf(
        CompactJwt.Read.Unreadable.class,
        CompactJwt.read(es256("{\"alg\":\"ES256\"}", payload), ANY));
  }

  @Test
  void refusesAHeaderThatIsAListOfPairs() {
    objection(es256("[[\"alg\",\"ES256\"]]", "{}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":", "["})
  void survivesJsonThatIsNestedDeeply(String opening) {
    String close = opening.equals("[") ? "]" : "}";
    String deep = opening.repeat(2000) + "1" + close.repeat(2000);
    objection(es256("{\"alg\":\"ES256\"}", "{\"deep\":" + deep + "}"));
    String header = "{\"alg\":\"ES256\",\"deep\":" + deep + "}";
    objection(base64url(header.getBytes(UTF_8)) + ".e30.AAAA");
  }

  @Test
  void reads16KibibytesAndNotACharacterMore() {
    String start = base64url("{\"alg\":\"ES256\"}".getBytes(UTF_8)) + ".e30.";
    int longest = 16 * 1024;
    legible(start + "A".repeat(longest - start.length()));
    assertEquals(
        "not a compact JWS of at most 16 KiB",
        objection(start + "A".repeat(longest - start.length() + 1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "a.b.c.d.e",
        " e30.e30.e30",
        "e30.e30.e30 ",
        "e30=.e30.e30",
        "e+0.e30.e30",
        "{\"payload\":\"e30\"}"
      })
  void refusesWhatIsNotCompact(String text) {
    assertEquals("not a compact JWS of at most 16 KiB", objection(text));
  }

  /// RFC 7515 §4.1.9.
  @ParameterizedTest
  @ValueSource(strings = {"at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"})
  void knowsATypeInEachOfItsSpellings(String type) {
    legible(es256("{\"alg\":\"ES256\",\"typ\":\"" + type + "\"}", "{}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dpop+jwt", "text/at+jwt", "at+jwt ", ""})
  void refusesAnotherType(String type) {
    CompactJwt.Read read =
        CompactJwt.read(
            es256("{\"alg\":\"ES256\",\"typ\":\"" + type + "\"}", "{}"), Set.of("at+jwt"));
    assertInstanceOf(CompactJwt.Read.Unreadable.class, read);
  }

  @Test
  void anAbsentTypeIsATypeOfItsOwn() {
    assertInstanceOf(CompactJwt.Read.Legible.class, CompactJwt.read(GOOD, Set.of("")));
    assertInstanceOf(CompactJwt.Read.Unreadable.class, CompactJwt.read(GOOD, Set.of("at+jwt")));
  }

  @Test
  void anAudienceOfOneMayBeATextOrAList() {
    assertTrue(aud("\"us\"").isMeantOnlyFor("us"));
    assertTrue(aud("[\"us\"]").isMeantOnlyFor("us"));
    assertFalse(aud("[\"us\",\"them\"]").isMeantOnlyFor("us"));
    assertFalse(aud("[\"us\",\"us\"]").isMeantOnlyFor("us"));
    assertFalse(aud("[]").isMeantOnlyFor("us"));
    assertFalse(aud("\"US\"").isMeantOnlyFor("us"));
    assertFalse(legible(GOOD).isMeantOnlyFor("us"));
  }

  private static CompactJwt aud(String json) {
    return legible(es256("{\"alg\":\"ES256\"}", "{\"aud\":" + json + "}"));
  }

  @Test
  void aClaimOfAnotherKindIsAbsent() {
    CompactJwt jwt = legible(es256("{\"alg\":\"ES256\"}", "{\"htm\":7,\"nonce\":[\"a\"]}"));
    assertEquals(Optional.empty(), jwt.text("htm"));
    assertEquals(Optional.empty(), jwt.text("nonce"));
    assertEquals(Optional.empty(), jwt.issuedAt());
    assertEquals(Optional.empty(), jwt.notBefore());
  }

  @Test
  void showsNothingOfItself() {
    assertEquals("CompactJwt[redacted]", legible(GOOD).toString());
  }

  private static CompactJwt again(String text) {
    return assertInstanceOf(CompactJwt.Read.Legible.class, CompactJwt.readAgain(text, ANY)).jwt();
  }

  @Test
  void whatWasKeptIsNotReadAgain() {
    String text = es256("{\"alg\":\"ES256\"}", "{\"iss\":\"kept\"}");
    CompactJwt first = again(text);
    assertNotSame(first, again(text), "nobody has said yet that a trusted key signed it");
    first.keep();
    assertSame(first, again(text));
    assertTrue(again(text).isSignedBy(KEY.toPublicJWK()));
    assertTrue(again(text).isSignedBy(KEY.toPublicJWK()), "nor is it verified again");
  }

  @Test
  void whatWasKeptIsStillSignedByNoOtherKey() {
    CompactJwt kept = again(es256("{\"alg\":\"ES256\"}", "{\"iss\":\"other key\"}"));
    assertTrue(kept.isSignedBy(KEY.toPublicJWK()));
    kept.keep();
    assertFalse(kept.isSignedBy(ecKey(Curve.P_256).toPublicJWK()));
    assertTrue(kept.isSignedBy(KEY.toPublicJWK()));
  }

  @Test
  void whatWasKeptIsOfNoOtherType() {
    String text = es256("{\"alg\":\"ES256\",\"typ\":\"JWT\"}", "{\"iss\":\"typed\"}");
    again(text).keep();
    assertInstanceOf(
        CompactJwt.Read.Unreadable.class, CompactJwt.readAgain(text, Set.of("at+jwt")));
  }

  /// One that differs in the signature only is another text.
  @Test
  void aForgedCopyOfWhatWasKeptIsForged() {
    String text = es256("{\"alg\":\"ES256\"}", "{\"iss\":\"copied\"}");
    again(text).keep();
    assertTrue(again(text).isSignedBy(KEY.toPublicJWK()));
    String forged = text.substring(0, text.length() - 4) + "AAAA";
    assertFalse(again(forged).isSignedBy(KEY.toPublicJWK()));
  }

  /// A stranger may show as many headers as they like: they cost memory up to a bound, and nobody
  /// is taken for anybody else.
  @Test
  void aHeaderThatIsKnownIsThatOfItsOwnKeyHoweverManyThereAre() {
    for (int i = 0; i <= JwsText.MOST_HEADERS; i++) {
      String kid = "key-" + i % (JwsText.MOST_HEADERS / 2 + i / 2 + 1);
      CompactJwt jwt = legible(unsigned("{\"alg\":\"ES256\",\"kid\":\"" + kid + "\"}"));
      assertEquals(Optional.of(kid), jwt.keyId());
    }
  }

  private static String unsigned(String header) {
    return Stream.of(header, "{}", "signature")
        .map(part -> base64url(part.getBytes(UTF_8)))
        .collect(Collectors.joining("."));
  }
}
