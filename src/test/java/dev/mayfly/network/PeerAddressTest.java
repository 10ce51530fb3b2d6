package dev.mayfly.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.network.PeerAddress.Known;
import dev.mayfly.network.PeerAddress.Untrustworthy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {
  private static final List<Network> PROXIES =
      List.of(Network.parse("10.0.0.0/24"), Network.parse("fd00::/8"));

  private static PeerAddress behindProxy(String... headers) {
    return PeerAddress.resolve(Network.parseAddress("10.0.0.1"), List.of(headers), PROXIES);
  }

  private static Known known(String address) {
    return new Known(Network.parseAddress(address));
  }

  @Test
  void ignoresTheHeaderOfAnybodyElse() {
    assertEquals(
        known("192.0.2.1"),
        PeerAddress.resolve(
            Network.parseAddress("192.0.2.1"), List.of("198.51.100.1, nonsense"), PROXIES));
    assertEquals(
        known("10.0.0.1"),
        PeerAddress.resolve(Network.parseAddress("10.0.0.1"), List.of("192.0.2.1"), List.of()));
  }

  @Test
  void takesTheRightmostAddressThatIsNoProxy() {
    assertEquals(known("192.0.2.1"), behindProxy("192.0.2.1"));
    assertEquals(known("192.0.2.1"), behindProxy("198.51.100.1, 192.0.2.1, 10.0.0.7"));
    assertEquals(known("192.0.2.1"), behindProxy("10.0.0.9,192.0.2.1,fd00::1"));
  }

  @Test
  void readsSeveralHeaderLinesAsOneList() {
    assertEquals(known("192.0.2.1"), behindProxy("198.51.100.1", "192.0.2.1", "10.0.0.7"));
  }

  @Test
  void takesTheFirstProxyWhenEveryHopIsAProxy() {
    assertEquals(known("10.0.0.8"), behindProxy("10.0.0.8, 10.0.0.7"));
  }

  @Test
  void doesNotTakeTheProxyForTheClientWhenTheHeaderIsMissing() {
    assertInstanceOf(Untrustworthy.class, behindProxy());
  }

  @Test
  void neverReadsLeftOfTheAddressItFound() {
    assertEquals(known("192.0.2.1"), behindProxy("<script>,, 192.0.2.1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        ",",
        "192.0.2.1,",
        "192.0.2.1, ,10.0.0.1",
        "unknown",
        "_hidden",
        "example.com",
        "192.0.2.1:",
        "192.0.2.1:65536",
        "192.0.2.1:x",
        "192.0.2.1:123456",
        "[2001:db8::1",
        "2001:db8::1]",
        "[2001:db8::1]443",
        "[2001:db8::1]:",
        "[192.0.2.1]",
        "[]",
        "\"192.0.2.1\"",
        "for=192.0.2.1",
        "192.0.2.1 10.0.0.1"
      })
  void trustsNothingBehindAMalformedElement(String header) {
    assertInstanceOf(Untrustworthy.class, behindProxy(header));
    assertInstanceOf(Untrustworthy.class, behindProxy("192.0.2.1," + header + ",10.0.0.7"));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1:443,192.0.2.1",
    "2001:db8::1,2001:db8::1",
    "[2001:db8::1],2001:db8::1",
    "[2001:db8::1]:65535,2001:db8::1",
    "::ffff:192.0.2.1,192.0.2.1"
  })
  void readsTheFormsThatProxiesWrite(String header, String address) {
    assertEquals(known(address), behindProxy(header));
  }

  @Test
  void refusesAHeaderLongerThanTheBound() {
    String hop = "192.0.2.1";
    String longest = " ".repeat(PeerAddress.MAX_HEADER_LENGTH - 1 - hop.length()) + hop;
    assertEquals(known(hop), behindProxy(longest));
    assertInstanceOf(Untrustworthy.class, behindProxy(" " + longest));
  }
}
