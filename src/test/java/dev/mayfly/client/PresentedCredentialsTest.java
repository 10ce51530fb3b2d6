package dev.mayfly.client;

import static dev.mayfly.oauth.OAuthError.INVALID_CLIENT;
import static dev.mayfly.oauth.OAuthError.INVALID_REQUEST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.client.PresentedCredentials.Assertion;
import dev.mayfly.client.PresentedCredentials.Nothing;
import dev.mayfly.client.PresentedCredentials.Secret;
import dev.mayfly.client.PresentedCredentials.Unacceptable;
import dev.mayfly.http.Form;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.OAuthError;
import dev.mayfly.realm.Credentials.AuthMethod;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 6749 §2.3, [6749-4] and [6749-5].
class PresentedCredentialsTest {
  private static final ClientId BOT = new ClientId("bot");
  private static final String TYPE =
      "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
  private static final Unacceptable SEVERAL =
      new Unacceptable(INVALID_REQUEST, "more than one client authentication method", false);

  private static PresentedCredentials parse(List<String> authorization, String body) {
    Form.Parsed parsed =
        Form.parse(Optional.of("application/x-www-form-urlencoded"), body.getBytes(UTF_8));
    return PresentedCredentials.parse(
        authorization, assertInstanceOf(Form.Parsed.Well.class, parsed).form());
  }

  private static PresentedCredentials body(String body) {
    return parse(List.of(), body);
  }

  private static PresentedCredentials header(String value) {
    return parse(List.of(value), "");
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }

  private static void refused(OAuthError error, boolean byHeader, PresentedCredentials presented) {
    Unacceptable refused = assertInstanceOf(Unacceptable.class, presented, presented.toString());
    assertEquals(error, refused.error());
    assertEquals(byHeader, refused.byHeader());
  }

  @Test
  void readsBasic() {
    assertEquals(
        new Secret(BOT, "s3cret", AuthMethod.CLIENT_SECRET_BASIC), header(basic("bot:s3cret")));
  }

  @Test
  void readsPost() {
    assertEquals(
        new Secret(BOT, "s3cret", AuthMethod.CLIENT_SECRET_POST),
        body("client_id=bot&client_secret=s3cret"));
  }

  @Test
  void readsAnAssertionWithAndWithoutClientId() {
    assertEquals(
        new Assertion(ClientAssertion.read("a.b.c"), Optional.empty()),
        body(TYPE + "&client_assertion=a.b.c"));
    assertEquals(
        new Assertion(ClientAssertion.read("a.b.c"), Optional.of("bot")),
        body(TYPE + "&client_assertion=a.b.c&client_id=bot"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "client_id=", "client_secret=", "grant_type=x"})
  void nothingIsNoAuthentication(String body) {
    assertEquals(new Nothing(), body(body));
  }

  @ParameterizedTest
  @ValueSource(strings = {"client_id=bot", "client_id=bot&client_secret="})
  void aClientIdAloneLeavesItToTheConnection(String body) {
    assertEquals(new PresentedCredentials.Named("bot"), body(body));
  }

  @Test
  void readsAJwtSvidByItsOwnAssertionType() {
    String type = "client_assertion_type=" + PresentedCredentials.SVID_TYPE;
    assertEquals(
        new PresentedCredentials.Svid("a.b.c", Optional.empty()),
        body(type + "&client_assertion=a.b.c"));
    assertInstanceOf(Unacceptable.class, body(type));
  }

  /// Every mixture of header, secret and assertion.
  @Test
  void refusesMoreThanOneMethod() {
    String secret = "client_id=bot&client_secret=s";
    String assertion = TYPE + "&client_assertion=a.b.c";
    for (int mixture = 0; mixture < 8; mixture++) {
      boolean byHeader = (mixture & 1) != 0;
      boolean bySecret = (mixture & 2) != 0;
      boolean byAssertion = (mixture & 4) != 0;
      List<String> parts = new ArrayList<>();
      if (bySecret) {
        parts.add(secret);
      }
      if (byAssertion) {
        parts.add(assertion);
      }
      PresentedCredentials presented =
          parse(byHeader ? List.of(basic("bot:s")) : List.of(), String.join("&", parts));
      if (Integer.bitCount(mixture) > 1) {
        assertEquals(new Unacceptable(INVALID_REQUEST, SEVERAL.because(), byHeader), presented);
      } else {
        assertFalse(presented instanceof Unacceptable, "mixture " + mixture);
      }
    }
    assertEquals(
        new Unacceptable(INVALID_REQUEST, SEVERAL.because(), true),
        parse(List.of(basic("bot:s"), basic("bot:s")), ""));
    assertEquals(
        new Unacceptable(INVALID_REQUEST, SEVERAL.because(), true),
        parse(List.of(basic("bot:s")), TYPE));
  }

  @Test
  void refusesHalfAnAssertion() {
    refused(INVALID_REQUEST, false, body(TYPE));
    refused(INVALID_REQUEST, false, body("client_assertion=a.b.c"));
    refused(
        INVALID_REQUEST,
        false,
        body(
            "client_assertion=a.b.c&client_assertion_type="
                + "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Asaml2-bearer"));
  }

  @Test
  void aSecretInTheBodyNeedsAClientId() {
    refused(INVALID_REQUEST, false, body("client_secret=s"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"BASIC ", "basic ", "Basic  ", " Basic ", "bAsIc    "})
  void theSchemeHasNoCase(String scheme) {
    String credentials = basic("bot:s").substring("Basic ".length());
    assertEquals(
        new Secret(BOT, "s", AuthMethod.CLIENT_SECRET_BASIC), header(scheme + credentials));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Basic",
        "Basic ",
        "Bearer Ym90OnM=",
        "Digest x",
        "Basic ????",
        "Basic Ym90",
        "Basic Ym90 OnM="
      })
  void refusesAHeaderThatIsNotBasic(String header) {
    refused(INVALID_CLIENT, true, header(header));
  }

  /// [6749-5]: both halves are form-urlencoded before they are joined.
  @ParameterizedTest
  @ValueSource(strings = {"a:b", "a b", "a+b", "a%b", "a&b=c", "ü€😀", "\"\\", "%25", "::"})
  void aSecretWithOddCharactersSurvivesTheEncoding(String secret) {
    String encoded = URLEncoder.encode(secret, UTF_8);
    assertEquals(
        new Secret(BOT, secret, AuthMethod.CLIENT_SECRET_BASIC), header(basic("bot:" + encoded)));
    assertEquals(
        new Secret(BOT, secret, AuthMethod.CLIENT_SECRET_POST),
        body("client_id=bot&client_secret=" + encoded));
  }

  @Test
  void theFirstColonDivides() {
    assertEquals(new Secret(BOT, "a:b", AuthMethod.CLIENT_SECRET_BASIC), header(basic("bot:a:b")));
  }

  @Test
  void refusesABadPercentEncodingInTheHeader() {
    refused(INVALID_CLIENT, true, header(basic("bot:%zz")));
    refused(INVALID_CLIENT, true, header(basic("bot:%")));
  }

  /// It is wrong, but it is a secret: it takes the way of every wrong secret.
  @Test
  void anEmptySecretInTheHeaderIsASecret() {
    assertEquals(new Secret(BOT, "", AuthMethod.CLIENT_SECRET_BASIC), header(basic("bot:")));
  }

  @Test
  void noClientHasSuchAnId() {
    for (String id : List.of("", "a/b", "a".repeat(65), "%00")) {
      refused(INVALID_CLIENT, true, header(basic(id + ":s")));
    }
    refused(INVALID_CLIENT, false, body("client_id=a%2Fb&client_secret=s"));
  }

  @Test
  void theClientIdInTheBodyMustBeTheOneInTheHeader() {
    assertEquals(
        new Secret(BOT, "s", AuthMethod.CLIENT_SECRET_BASIC),
        parse(List.of(basic("bot:s")), "client_id=bot"));
    refused(INVALID_REQUEST, true, parse(List.of(basic("bot:s")), "client_id=other"));
  }

  @Test
  void showsNoSecret() {
    assertFalse(header(basic("bot:s3cret")).toString().contains("s3cret"));
    assertFalse(body(TYPE + "&client_assertion=a.b.c").toString().contains("a.b.c"));
  }
}
