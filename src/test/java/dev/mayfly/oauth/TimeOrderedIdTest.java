package dev.mayfly.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 9562 §5.7.
class TimeOrderedIdTest {
  private static final Instant AT = Instant.ofEpochMilli(0x017F22E279B0L);

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 0x017F22E279B0L, 0xFFFF_FFFF_FFFFL})
  void hasVersion7AndTheVariantAndItsMilliseconds(long milliseconds) {
    UUID id = TimeOrderedId.at(Instant.ofEpochMilli(milliseconds));
    assertEquals(7, id.version());
    assertEquals(2, id.variant());
    assertEquals(milliseconds, id.getMostSignificantBits() >>> 16);
  }

  /// The time of the example in RFC 9562, appendix A.6.
  @Test
  void startsLikeTheExampleOfTheStandard() {
    assertTrue(TimeOrderedId.at(AT).toString().startsWith("017f22e2-79b0-7"));
  }

  @Test
  void aLaterOneSortsAfterAnEarlierOneAsText() {
    String earlier = TimeOrderedId.at(AT).toString();
    String later = TimeOrderedId.at(AT.plusMillis(1)).toString();
    assertTrue(earlier.compareTo(later) < 0);
  }

  @Test
  void twoOfOneMillisecondDiffer() {
    assertNotEquals(TimeOrderedId.at(AT), TimeOrderedId.at(AT));
  }
}
