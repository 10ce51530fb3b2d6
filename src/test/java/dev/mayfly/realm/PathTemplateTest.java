package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathTemplateTest {
  @ParameterizedTest
  @CsvSource({
    "/, /, true",
    "/, /v1, false",
    "/v1/orders, /v1/orders, true",
    "/v1/orders, /v1/Orders, false",
    "/v1/orders, /v1/orders/, false",
    "/v1/orders, /v1/orders/42, false",
    "/v1/orders/{id}, /v1/orders/42, true",
    "/v1/orders/{id}, /v1/orders/, false",
    "/v1/orders/{id}, /v1/orders/4/2, false",
    "/v1/orders/{id}, /v1/orders, false",
    "/{a}/{b}, /x/y, true",
    "/v1/a.b*, /v1/a.b*, true",
    "/v1/a.b*, /v1/axbb, false",
  })
  void aParameterStandsForOneSegmentAndNothingElseStandsForAny(
      String template, String path, boolean fits) {
    assertEquals(fits, new PathTemplate(template).matches(PathTemplate.segments(path)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "v1", "/v1/", "/v1//x", "/.", "/v1/..", "/v1/{", "/{}", "/{1}", "/x{id}", "/{id}x",
        "/a b", "/%41", "/a?b", "/a;b", "/a\\b", "/ü"
      })
  void whatIsNoPlainPathIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> new PathTemplate(text));
  }

  @Test
  void aPathHas512CharactersAtMost() {
    String longest = "/" + "x".repeat(511);
    assertEquals(512, new PathTemplate(longest).text().length());
    assertThrows(IllegalArgumentException.class, () -> new PathTemplate(longest + "x"));
  }

  @Test
  void twoTemplatesOverlapWhereSomePathFitsBoth() {
    PathTemplate order = new PathTemplate("/v1/orders/{id}");
    assertTrue(order.overlaps(new PathTemplate("/v1/{what}/open")));
    assertEquals(false, order.overlaps(new PathTemplate("/v1/trades/{id}")));
    assertEquals(false, order.overlaps(new PathTemplate("/v1/orders")));
  }
}
