package dev.mayfly.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.jose.JwtMaker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminAuthenticatorTest {
  private static final Optional<String> ADMIN = Optional.of("mayfly-admin-cli");
  private static final String HEADER = "{\"alg\":\"ES256\",\"typ\":\"admin+jwt\",\"kid\":\"a\"}";

  @TempDir static Path folder;
  private static ECKey key;
  private static AdminAuthenticator admins;

  @BeforeAll
  static void start() throws Exception {
    key = new ECKeyGenerator(Curve.P_256).keyID("a").generate();
    Path file = folder.resolve("public.jwk");
    Files.writeString(file, key.toPublicJWK().toJSONString());
    admins = AdminAuthenticator.of(file, Clock.systemUTC());
  }

  /// By the parser's own clock, which cannot be set: distances below keep clear of its 5 s skew.
  private static Map<String, String> claims() {
    long now = Clock.systemUTC().instant().getEpochSecond();
    Map<String, String> claims = new LinkedHashMap<>();
    claims.put("iss", "\"mayfly-admin-cli\"");
    claims.put("sub", "\"mayfly-admin-cli\"");
    claims.put("aud", "\"mayfly-admin\"");
    claims.put("jti", "\"1\"");
    claims.put("iat", Long.toString(now));
    claims.put("exp", Long.toString(now + 60));
    return claims;
  }

  private static String payload(Map<String, String> claims) {
    return claims.entrySet().stream()
        .map(claim -> '"' + claim.getKey() + "\":" + claim.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static Optional<String> asks(String header, Map<String, String> claims, ECKey by)
      throws JOSEException {
    return admins.authenticate(
        List.of("Bearer " + JwtMaker.es256(header, payload(claims), by.toECPrivateKey())));
  }

  private static Optional<String> with(String claim, String value) throws JOSEException {
    Map<String, String> claims = claims();
    if (value == null) {
      claims.remove(claim);
    } else {
      claims.put(claim, value);
    }
    return asks(HEADER, claims, key);
  }

  private static Optional<String> withTimes(long issued, long expires) throws JOSEException {
    long now = Clock.systemUTC().instant().getEpochSecond();
    Map<String, String> claims = claims();
    claims.put("iat", Long.toString(now + issued));
    claims.put("exp", Long.toString(now + expires));
    return asks(HEADER, claims, key);
  }

  @Test
  void knowsTheCredentialsOwner() throws JOSEException {
    assertEquals(ADMIN, asks(HEADER, claims(), key));
  }

  @Test
  void isGoodForAMinuteAtMost() throws JOSEException {
    assertEquals(ADMIN, withTimes(0, 59));
    assertEquals(ADMIN, withTimes(0, 60));
    assertEquals(Optional.empty(), withTimes(0, 61));
    assertEquals(Optional.empty(), withTimes(0, 3600));
  }

  @Test
  void isOverWhenItHasExpired() throws JOSEException {
    assertEquals(ADMIN, withTimes(-40, 20));
    assertEquals(Optional.empty(), withTimes(-70, -10));
  }

  @Test
  void isNotOfTheFuture() throws JOSEException {
    assertEquals(Optional.empty(), withTimes(30, 60));
    assertEquals(Optional.empty(), withTimes(31_536_000, 31_536_060));
  }

  @Test
  void isForTheAdminEndpointByTheAdmin() throws JOSEException {
    for (String claim : new String[] {"iss", "sub", "aud", "jti", "iat", "exp"}) {
      assertEquals(Optional.empty(), with(claim, null), claim);
    }
    for (String claim : new String[] {"iss", "sub", "aud"}) {
      assertEquals(Optional.empty(), with(claim, "\"another\""), claim);
    }
  }

  @Test
  void isSignedByThisHomesKey() throws JOSEException {
    ECKey other = new ECKeyGenerator(Curve.P_256).keyID("a").generate();
    assertEquals(Optional.empty(), asks(HEADER, claims(), other));
  }

  @Test
  void takesNoOtherAlgorithm() throws JOSEException {
    assertEquals(Optional.empty(), asks("{\"alg\":\"none\"}", claims(), key));
    assertEquals(Optional.empty(), asks("{\"alg\":\"ES384\"}", claims(), key));
    String publicKey = key.toPublicJWK().toJSONString();
    JWSObject mac =
        new JWSObject(new JWSHeader(JWSAlgorithm.HS256), new Payload(payload(claims())));
    mac.sign(new MACSigner(publicKey));
    assertEquals(Optional.empty(), admins.authenticate(List.of("Bearer " + mac.serialize())));
  }

  @Test
  void isOfItsOwnType() throws JOSEException {
    assertEquals(
        Optional.empty(),
        asks("{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"a\"}", claims(), key));
  }

  @Test
  void namesItsKey() throws JOSEException {
    for (String kid : new String[] {"", ",\"kid\":\"b\""}) {
      assertEquals(
          Optional.empty(),
          asks("{\"alg\":\"ES256\",\"typ\":\"admin+jwt\"" + kid + "}", claims(), key));
    }
  }

  @Test
  void comesInOneBearerHeader() throws JOSEException {
    String jwt = JwtMaker.es256(HEADER, payload(claims()), key.toECPrivateKey());
    assertEquals(ADMIN, admins.authenticate(List.of("bearer " + jwt)));
    assertEquals(Optional.empty(), admins.authenticate(List.of()));
    assertEquals(Optional.empty(), admins.authenticate(List.of("Bearer " + jwt, "Bearer " + jwt)));
    assertEquals(Optional.empty(), admins.authenticate(List.of("Basic " + jwt)));
    assertEquals(Optional.empty(), admins.authenticate(List.of("Bearer")));
    assertEquals(Optional.empty(), admins.authenticate(List.of("Bearer ")));
    assertEquals(Optional.empty(), admins.authenticate(List.of("Bearer " + jwt + ".x")));
    assertEquals(Optional.empty(), admins.authenticate(List.of("Bearer " + "a".repeat(5000))));
  }

  @Test
  void aKeyThatCannotBeReadStopsTheStartWithItsFile() {
    Path missing = folder.resolve("missing.jwk");
    String message =
        assertThrows(
                IllegalStateException.class,
                () -> AdminAuthenticator.of(missing, Clock.systemUTC()))
            .getMessage();
    assertTrue(message.contains("missing.jwk"), message);
  }
}
