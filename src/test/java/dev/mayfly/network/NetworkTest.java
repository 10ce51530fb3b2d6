package dev.mayfly.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet4Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  private static InetAddress ip(String text) {
    return Network.parseAddress(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.00",
        "0x7f.0.0.1",
        "2130706433",
        "1.2.3.4 ",
        " 1.2.3.4",
        "+1.2.3.4",
        "1.2.3.-4",
        "localhost",
        "example.com",
        "a",
        "fe80::1%eth0",
        "[::1]",
        ":",
        ":::",
        "1::2::3",
        ":1",
        "1:",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "12345::",
        "00001::",
        "g::",
        "::1.2.3",
        "::1.2.3.4:5",
        "1.2.3.4::",
        "::01.2.3.4",
        "１.2.3.4",
        "::１",
        "1.2.3.4\u0000"
      })
  void refusesWhatIsNotAnAddress(String text) {
    assertThrows(IllegalArgumentException.class, () -> Network.parseAddress(text));
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0,0.0.0.0",
    "255.255.255.255,255.255.255.255",
    "10.0.200.3,10.0.200.3",
    "::,::",
    "::1,::1",
    "1::,1::",
    "2001:DB8:0:0:0:0:0:1,2001:db8::1",
    "2001:db8:0:0:1:0:0:1,2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
    "0:0:1:0:0:0:0:0,0:0:1::",
    "2001:0db8::0001,2001:db8::1",
    "64:ff9b::192.0.2.33,64:ff9b::c000:221",
    "::ffff:192.0.2.1,192.0.2.1",
    "::ffff:c000:201,192.0.2.1"
  })
  void givesEachAddressOneText(String text, String canonical) {
    assertEquals(canonical, Network.text(ip(text)));
  }

  @Test
  void takesAMappedAddressForTheIpv4Address() {
    assertTrue(ip("::ffff:10.1.2.3") instanceof Inet4Address);
    assertTrue(Network.parse("10.0.0.0/8").contains(ip("::ffff:10.1.2.3")));
    assertFalse(Network.parse("::/0").contains(ip("::ffff:10.1.2.3")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/8 ",
        "10.0.0.1/8",
        "10.0.0.0/255.0.0.0",
        "::1/127",
        "::/129",
        "localhost/32",
        "/8",
        "10.0.0.0/8/8",
        "::ffff:10.0.0.0/104",
        "::ffff:10.0.0.0/8",
        "[::]/0",
        "10.0.0.0/9999999999"
      })
  void refusesWhatIsNotANetwork(String text) {
    assertThrows(IllegalArgumentException.class, () -> Network.parse(text));
  }

  @Test
  void namesTheNetworkWhenHostBitsAreSet() {
    var refusal = assertThrows(IllegalArgumentException.class, () -> Network.parse("10.1.2.3/8"));
    assertEquals("host bits are set; the network is 10.0.0.0/8", refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0.0.0.0/0", "10.0.0.0/8", "192.0.2.1/32", "::/0", "2001:db8::/33", "::1/128"})
  void printsWhatItParsed(String text) {
    assertEquals(text, Network.parse(text).toString());
    assertEquals(Network.parse(text), Network.parse(text));
  }

  @Test
  void containsItsFirstAndLastAddressAndNoNeighbour() {
    Network network = Network.parse("192.0.2.64/26");
    assertFalse(network.contains(ip("192.0.2.63")));
    assertTrue(network.contains(ip("192.0.2.64")));
    assertTrue(network.contains(ip("192.0.2.127")));
    assertFalse(network.contains(ip("192.0.2.128")));
  }

  @Test
  void containsItsFirstAndLastAddressAndNoNeighbourAcrossTheMiddleOfAnIpv6Address() {
    Network network = Network.parse("2001:db8:0:0:8000::/65");
    assertFalse(network.contains(ip("2001:db8::7fff:ffff:ffff:ffff")));
    assertTrue(network.contains(ip("2001:db8:0:0:8000::")));
    assertTrue(network.contains(ip("2001:db8:0:0:ffff:ffff:ffff:ffff")));
    assertFalse(network.contains(ip("2001:db8:0:1::")));
  }

  @Test
  void keepsTheFamiliesApart() {
    assertFalse(Network.parse("0.0.0.0/0").contains(ip("::1")));
    assertFalse(Network.parse("::/0").contains(ip("0.0.0.1")));
    assertFalse(Network.parse("::/0").contains(Network.parse("0.0.0.0/0")));
    assertNotEquals(Network.parse("::/0"), Network.parse("0.0.0.0/0"));
  }

  @Test
  void containsNetworksAsNarrowAsItselfOrNarrower() {
    Network network = Network.parse("10.0.0.0/8");
    assertTrue(network.contains(network));
    assertTrue(network.contains(Network.parse("10.255.0.0/16")));
    assertFalse(network.contains(Network.parse("10.0.0.0/7")));
    assertFalse(network.contains(Network.parse("11.0.0.0/16")));
  }

  @Test
  void findsTheNetworkAroundAnAddress() {
    assertEquals("192.0.2.0/24", Network.around(ip("192.0.2.77"), 24).toString());
    assertEquals("2001:db8::/64", Network.around(ip("2001:db8::77"), 64).toString());
  }
}
