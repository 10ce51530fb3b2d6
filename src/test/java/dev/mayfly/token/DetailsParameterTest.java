package dev.mayfly.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The text of the parameter: JSON, once, and nothing beside it.
class DetailsParameterTest {
  private static final String READ = "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}]";

  @Test
  void whiteSpaceMeansNothing() {
    assertEquals(READ, DetailsParameter.parse(" " + READ.replace(",", " ,\n") + "\t").toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "true",
        "[",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]}] []",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],\"actions\":[\"create\"]}]",
        "[{\"type\":\"exchange_order\",\"type\":\"exchange_order\",\"actions\":[\"read\"]}]",
        "[{'type':'exchange_order','actions':['read']}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"],}]",
        "[{\"type\":\"exchange_order\",\"actions\":[\"read\"]/**/}]",
        "[{\"type\":\"exchange_order\",\"actions\":[NaN]}]"
      })
  void whatIsNoSuchTextIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> DetailsParameter.parse(text));
  }

  @Test
  void deepNestingIsRefusedInTheSameWords() {
    String deep = "[".repeat(4000) + "]".repeat(4000);
    assertEquals(
        "authorization_details is no JSON",
        assertThrows(IllegalArgumentException.class, () -> DetailsParameter.parse(deep))
            .getMessage());
  }

  @Test
  void theTextHasAtMost8KiB() {
    DetailsParameter.parse(READ + " ".repeat(8192 - READ.length()));
    assertThrows(
        IllegalArgumentException.class,
        () -> DetailsParameter.parse(READ + " ".repeat(8193 - READ.length())));
  }
}
