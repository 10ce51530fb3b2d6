package dev.mayfly.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 6749 §3.2, [6749-2].
class FormTest {
  private static final String TYPE = "application/x-www-form-urlencoded";

  private static Form.Parsed parse(String body) {
    return Form.parse(Optional.of(TYPE), body.getBytes(ISO_8859_1));
  }

  private static Form well(String body) {
    return assertInstanceOf(Form.Parsed.Well.class, parse(body)).form();
  }

  private static String malformed(String body) {
    return assertInstanceOf(Form.Parsed.Malformed.class, parse(body)).because();
  }

  @Test
  void decodesPercentAndPlus() {
    Form form = well("scope=orders%3Awrite+orders%3Aread&a=%C3%A9&b=1;c=2");
    assertEquals(Optional.of("orders:write orders:read"), form.get("scope"));
    assertEquals(Optional.of("é"), form.get("a"));
    assertEquals(Optional.of("1;c=2"), form.get("b"));
  }

  @Test
  void anEmptyValueIsAsIfAbsent() {
    Form form = well("scope=&client_id");
    assertEquals(Optional.empty(), form.get("scope"));
    assertEquals(Optional.empty(), form.get("client_id"));
    assertEquals(Optional.empty(), form.get("grant_type"));
  }

  @Test
  void theEmptyBodyIsAFormWithoutParameters() {
    assertEquals(Optional.empty(), well("").get("grant_type"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=1&a=2", "a=1&a=1", "a=&a=", "a=1&%61=2", "x=1&x=2&a=3"})
  void refusesARepeatedParameter(String body) {
    assertEquals("a parameter is repeated", malformed(body));
  }

  /// RFC 8707 §2.
  @Test
  void aResourceMayBeRepeatedUpTo16Times() {
    for (int times : new int[] {15, 16}) {
      Form form =
          assertInstanceOf(Form.Parsed.Well.class, parse("resource=u&".repeat(times))).form();
      assertEquals(times, form.all("resource").size());
    }
    assertEquals("a parameter is repeated", malformed("resource=u&".repeat(17)));
    assertEquals("the body has a NUL character", malformed("resource=u&resource=%00"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%00", "a=x\0y", "a%00b=1"})
  void refusesNul(String body) {
    assertEquals("the body has a NUL character", malformed(body));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a=\u00FF", "a=\u00C3", "a=\u00C0\u00AF", "a=%FF", "a=%C3", "a=%C0%AF", "%FF=1"})
  void refusesWhatIsNotUtf8(String body) {
    assertEquals("the body is not a form in UTF-8", malformed(body));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=%", "a=%1", "a=%zz", "a=%+1", "%=1"})
  void refusesABadPercentEncoding(String body) {
    assertEquals("the body is not a form in UTF-8", malformed(body));
  }

  private static String parameters(int count) {
    return IntStream.range(0, count).mapToObj(i -> "p" + i + "=1").collect(Collectors.joining("&"));
  }

  @Test
  void takes64ParametersAndNotMore() {
    assertEquals(Optional.of("1"), well(parameters(64)).get("p63"));
    assertEquals("the body has too many parameters", malformed(parameters(65)));
    assertEquals("the body has too many parameters", malformed(parameters(1000)));
  }

  @Test
  void aRepetitionBeyondTheLimitIsStillRefused() {
    assertInstanceOf(Form.Parsed.Malformed.class, parse(parameters(64) + "&p0=2"));
    assertInstanceOf(Form.Parsed.Malformed.class, parse("a=1&".repeat(5000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TYPE,
        TYPE + ";charset=UTF-8",
        TYPE + " ; charset=utf-8",
        "Application/X-WWW-Form-Urlencoded"
      })
  void knowsTheContentType(String type) {
    assertInstanceOf(Form.Parsed.Well.class, Form.parse(Optional.of(type), "a=1".getBytes(UTF_8)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"application/json", "multipart/form-data", "", TYPE + "x", "text/plain;" + TYPE})
  void refusesAnotherContentType(String type) {
    assertInstanceOf(
        Form.Parsed.Malformed.class, Form.parse(Optional.of(type), "a=1".getBytes(UTF_8)));
  }

  @Test
  void refusesABodyWithoutContentType() {
    assertInstanceOf(
        Form.Parsed.Malformed.class, Form.parse(Optional.empty(), "a=1".getBytes(UTF_8)));
  }
}
