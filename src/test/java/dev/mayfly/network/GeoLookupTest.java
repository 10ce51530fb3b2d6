package dev.mayfly.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoLookupTest {
  private static final InetAddress BOT = Network.parseAddress("192.0.2.1");
  private static final Location GB = new Location.Known("GB");
  private static final Location FR = new Location.Known("FR");

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-05T12:00:00Z"));
  private final Clock clock = ((InstantSource) now::get).withZone(ZoneOffset.UTC);
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("country.mmdb");
  }

  private static MmdbWriter countryCode(String code) {
    return new MmdbWriter().put("192.0.2.0/24", Map.of("country_code", code));
  }

  private void afterTheNextCheck() {
    now.updateAndGet(instant -> instant.plus(CountryFile.CHECK_EVERY));
  }

  @Test
  void knowsNothingWithoutData() {
    assertEquals(Location.UNKNOWN, GeoLookup.NOWHERE.locate(BOT));
  }

  @Test
  void readsBothLayoutsAndBothFamilies() throws IOException {
    countryCode("GB")
        .put("2001:db8::/32", Map.of("country", Map.of("iso_code", "FR")))
        .put("198.51.100.0/24", Map.of("country_code", "ZZ"))
        .put("203.0.113.0/24", Map.of("asn", "AS64500"))
        .writeTo(file());
    GeoLookup lookup = CountryFile.open(file(), clock);
    assertEquals(GB, lookup.locate(BOT));
    assertEquals(GB, lookup.locate(Network.parseAddress("::ffff:192.0.2.255")));
    assertEquals(FR, lookup.locate(Network.parseAddress("2001:db8::1")));
    assertEquals(Location.UNKNOWN, lookup.locate(Network.parseAddress("192.0.3.0")));
    assertEquals(Location.UNKNOWN, lookup.locate(Network.parseAddress("198.51.100.1")));
    assertEquals(Location.UNKNOWN, lookup.locate(Network.parseAddress("203.0.113.1")));
    assertEquals(Location.UNKNOWN, lookup.locate(Network.parseAddress("127.0.0.1")));
  }

  @Test
  void asksTheOperatorsDeclarationsFirst() throws IOException {
    countryCode("GB").writeTo(file());
    List<DeclaredLocation> declared =
        List.of(
            new DeclaredLocation(List.of(Network.parse("192.0.2.1/32")), new Location.Known("FR")));
    GeoLookup lookup = GeoLookup.declared(declared, CountryFile.open(file(), clock));
    assertEquals(FR, lookup.locate(BOT));
    assertEquals(GB, lookup.locate(Network.parseAddress("192.0.2.2")));
  }

  @Test
  void noticesASwappedFileAtTheNextCheckAndNotBefore() throws IOException {
    countryCode("GB").writeTo(file());
    GeoLookup lookup = CountryFile.open(file(), clock);
    countryCode("FR").writeTo(file());
    now.updateAndGet(instant -> instant.plus(CountryFile.CHECK_EVERY).minusMillis(1));
    assertEquals(GB, lookup.locate(BOT));
    now.updateAndGet(instant -> instant.plusMillis(1));
    assertEquals(FR, lookup.locate(BOT));
  }

  @Test
  void keepsTheOldDataWhenTheNewFileIsUnusableOrGone() throws IOException {
    countryCode("GB").writeTo(file());
    GeoLookup lookup = CountryFile.open(file(), clock);
    Path garbage = Files.writeString(folder.resolve("garbage"), "not a database");
    Files.move(garbage, file(), StandardCopyOption.REPLACE_EXISTING);
    afterTheNextCheck();
    assertEquals(GB, lookup.locate(BOT));
    Files.delete(file());
    afterTheNextCheck();
    assertEquals(GB, lookup.locate(BOT));
    countryCode("FR").writeTo(file());
    afterTheNextCheck();
    assertEquals(FR, lookup.locate(BOT));
  }

  @Test
  void refusesAnUnusableFileAtStartWithOneLine() throws IOException {
    Files.writeString(file(), "not a database");
    String garbage =
        assertThrows(IOException.class, () -> CountryFile.open(file(), clock)).getMessage();
    assertTrue(garbage.endsWith("country.mmdb is not a readable MMDB file"), garbage);
    Files.delete(file());
    String absent =
        assertThrows(IOException.class, () -> CountryFile.open(file(), clock)).getMessage();
    assertTrue(absent.contains("country.mmdb"), absent);
    assertFalse(absent.contains("\n"), absent);
  }

  @Test
  void knowsOnlyAssignedCodes() {
    assertThrows(IllegalArgumentException.class, () -> new Location.Known("UK"));
    assertThrows(IllegalArgumentException.class, () -> new Location.Known("gb"));
    assertEquals(Location.UNKNOWN, Location.ofCode("EU"));
  }
}
