package dev.mayfly.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Our tokens by the libraries of others' resource servers, set up as
/// `src/docs/resource-servers.md` says.
class ResourceServerTest {
  private static final String API = "https://api.offline.example/";
  private static final String MARKET = "https://market.offline.example/";

  private final Realm realm = Offline.realm();

  private String token(String audience) {
    return Tool.Tokens.of(
            Offline.tool("bot").clientCredentials("orders:read").with("resource", audience).send())
        .access();
  }

  private String statusList() throws java.text.ParseException {
    var status = SignedJWT.parse(token(API)).getJWTClaimsSet().getJSONObjectClaim("status");
    return Broker.given()
        .get((String) ((java.util.Map<?, ?>) status.get("status_list")).get("uri"))
        .asString();
  }

  /// Of Quarkus: `quarkus-smallrye-jwt`.
  private DefaultJWTParser quarkus() {
    var settings = new JWTAuthContextInfo();
    settings.setIssuedBy(realm.issuer());
    settings.setPublicKeyContent(Broker.given().get(realm.endpoint("jwks_uri")).asString());
    settings.setSignatureAlgorithm(Set.of(SignatureAlgorithm.ES256));
    settings.setExpectedAudience(Set.of(API));
    settings.setGroupsPath("scope");
    settings.setGroupsSeparator(" ");
    return new DefaultJWTParser(settings);
  }

  @Test
  void quarkusTakesOurTokenAndItsScopesAsRoles() throws ParseException {
    var principal = quarkus().parse(token(API));
    assertEquals("bot", principal.getSubject());
    assertEquals(Set.of("orders:read"), principal.getGroups());
  }

  @Test
  void quarkusRefusesWhatIsForAnotherOrIsNoAccessToken() throws java.text.ParseException {
    String other = token(MARKET);
    String list = statusList();
    assertThrows(ParseException.class, () -> quarkus().parse(other));
    assertThrows(ParseException.class, () -> quarkus().parse(list));
    assertThrows(ParseException.class, () -> quarkus().parse(token(API) + "x"));
  }

  /// Of Spring Security: its `NimbusJwtDecoder` is this processor, with the type that
  /// `validateTypes(false)` and a `jwtProcessorCustomizer` give it.
  private DefaultJWTProcessor<SecurityContext> spring() {
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, new ImmutableJWKSet<>(realm.jwks())));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            API,
            new com.nimbusds.jwt.JWTClaimsSet.Builder().issuer(realm.issuer()).build(),
            Set.of("exp", "client_id")));
    return processor;
  }

  @Test
  void springTakesOurTokenAndRefusesTheOthers() throws Exception {
    var claims = spring().process(token(API), null);
    assertEquals("bot", claims.getSubject());
    assertEquals(List.of("orders:read"), List.of(claims.getStringClaim("scope").split(" ")));
    String other = token(MARKET);
    String list = statusList();
    assertThrows(BadJOSEException.class, () -> spring().process(other, null));
    assertThrows(BadJOSEException.class, () -> spring().process(list, null));
  }
}
