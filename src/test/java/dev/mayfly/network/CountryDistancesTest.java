package dev.mayfly.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CountryDistancesTest {
  @Test
  void neighboursAreNotApart() {
    assertEquals(OptionalInt.of(0), CountryDistances.least("GB", "IE"));
    assertEquals(OptionalInt.of(0), CountryDistances.least("US", "MX"));
    assertEquals(OptionalInt.of(0), CountryDistances.least("DE", "DE"));
  }

  /// Calais and Dover: less than what a hundred kilometres of rounding can tell.
  @Test
  void aChannelIsNoDistance() {
    assertEquals(OptionalInt.of(0), CountryDistances.least("FR", "GB"));
  }

  @Test
  void distancesAreThoseOfTheMapAndTheSameBothWays() {
    assertEquals(OptionalInt.of(10_500), CountryDistances.least("GB", "SG"));
    assertEquals(OptionalInt.of(10_500), CountryDistances.least("SG", "GB"));
    assertEquals(OptionalInt.of(5_700), CountryDistances.least("GB", "IN"));
  }

  @Test
  void ofWhatHasNoBoundariesNothingIsKnown() {
    assertEquals(OptionalInt.empty(), CountryDistances.least("GF", "SG"));
    assertEquals(OptionalInt.empty(), CountryDistances.least("SG", "ZZ"));
  }

  @Test
  void nearlyEveryCountryIsThere() {
    List<String> missing =
        Location.countries().stream()
            .filter(code -> CountryDistances.least(code, "DE").isEmpty())
            .toList();
    assertEquals(11, missing.size(), missing::toString);
    assertTrue(missing.contains("GF"), missing::toString);
  }
}
