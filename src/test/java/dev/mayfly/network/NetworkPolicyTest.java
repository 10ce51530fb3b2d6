package dev.mayfly.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NetworkPolicyTest {
  private static final Instant NOON = Instant.parse("2026-01-05T12:00:00Z");
  private static final InetAddress INSIDE = Network.parseAddress("192.0.2.1");
  private static final InetAddress OUTSIDE = Network.parseAddress("198.51.100.1");
  private static final Location GB = new Location.Known("GB");
  private static final NetworkPolicy NETWORKS = networks("192.0.2.0/24");
  private static final NetworkPolicy COUNTRIES = countries("GB", "IE");
  private static final NetworkPolicy MORNING =
      new NetworkPolicy(
          Optional.empty(),
          Optional.empty(),
          Optional.of(
              new Hours(
                  ZoneId.of("UTC"),
                  EnumSet.allOf(DayOfWeek.class),
                  LocalTime.of(6, 0),
                  LocalTime.of(12, 0))));

  private static NetworkPolicy networks(String... networks) {
    return new NetworkPolicy(
        Optional.of(List.of(networks).stream().map(Network::parse).toList()),
        Optional.empty(),
        Optional.empty());
  }

  private static NetworkPolicy countries(String... countries) {
    return new NetworkPolicy(Optional.empty(), Optional.of(List.of(countries)), Optional.empty());
  }

  @Test
  void limitsNothingThatItDoesNotName() {
    assertEquals(
        Optional.empty(), NetworkPolicy.UNLIMITED.objection(OUTSIDE, Location.UNKNOWN, NOON));
    assertEquals(Optional.empty(), NETWORKS.objection(INSIDE, Location.UNKNOWN, NOON));
    assertEquals(Optional.empty(), COUNTRIES.objection(OUTSIDE, GB, NOON));
  }

  @Test
  void objectsToAnAddressOutsideEveryNetwork() {
    assertEquals(Optional.of(Objection.ADDRESS_NOT_ALLOWED), NETWORKS.objection(OUTSIDE, GB, NOON));
  }

  @Test
  void objectsToAnotherCountry() {
    assertEquals(
        Optional.of(Objection.COUNTRY_NOT_ALLOWED),
        COUNTRIES.objection(INSIDE, new Location.Known("FR"), NOON));
  }

  @Test
  void objectsToAnUnknownCountryWhereCountriesAreNamed() {
    assertEquals(
        Optional.of(Objection.COUNTRY_UNKNOWN),
        COUNTRIES.objection(INSIDE, Location.UNKNOWN, NOON));
  }

  @Test
  void objectsOutsideTheHours() {
    assertEquals(Optional.of(Objection.OUTSIDE_HOURS), MORNING.objection(INSIDE, GB, NOON));
    assertEquals(Optional.empty(), MORNING.objection(INSIDE, GB, NOON.minusMillis(1)));
  }

  @Test
  void namesTheAddressBeforeTheCountryBeforeTheHour() {
    NetworkPolicy all = MORNING.narrowedBy(COUNTRIES).narrowedBy(NETWORKS);
    assertEquals(
        Optional.of(Objection.ADDRESS_NOT_ALLOWED), all.objection(OUTSIDE, Location.UNKNOWN, NOON));
    assertEquals(
        Optional.of(Objection.COUNTRY_UNKNOWN), all.objection(INSIDE, Location.UNKNOWN, NOON));
    assertEquals(Optional.of(Objection.OUTSIDE_HOURS), all.objection(INSIDE, GB, NOON));
  }

  @Test
  void takesTheClientsOwnListsWhereItHasThem() {
    NetworkPolicy merged = COUNTRIES.narrowedBy(countries("IE"));
    assertEquals(List.of("IE"), merged.countries().orElseThrow());
    assertEquals(COUNTRIES, COUNTRIES.narrowedBy(NetworkPolicy.UNLIMITED));
  }

  @Test
  void cannotBeConstructedWithAnEmptyListOrAnUnknownCountry() {
    assertThrows(IllegalArgumentException.class, () -> networks());
    assertThrows(IllegalArgumentException.class, () -> countries());
    assertThrows(IllegalArgumentException.class, () -> countries("UK"));
    assertThrows(IllegalArgumentException.class, () -> countries("gb"));
  }

  @Test
  void namesItsReasonsInTheAuditsWords() {
    assertEquals(
        List.of("address_not_allowed", "country_not_allowed", "country_unknown", "outside_hours"),
        List.of(Objection.values()).stream().map(Objection::code).toList());
  }
}
