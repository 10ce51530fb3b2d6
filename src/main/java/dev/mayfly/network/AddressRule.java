package dev.mayfly.network;

import java.net.InetAddress;
import java.util.List;

/// To which addresses a fetch may go: not to our own host or network unless the realm file says
/// so, whatever a name resolves to.
public final class AddressRule {
  /// What nobody may ever be made to talk to.
  private static final List<Network> NEVER =
      networks(
          "0.0.0.0/8",
          "192.0.0.0/24",
          "192.0.2.0/24",
          "198.51.100.0/24",
          "203.0.113.0/24",
          "224.0.0.0/4",
          "240.0.0.0/4",
          "::/128",
          "64:ff9b::/96",
          "64:ff9b:1::/48",
          "100::/64",
          "2001::/23",
          "2001:db8::/32",
          "2002::/16",
          "ff00::/8");

  /// Addresses of this host and of networks that are not the public one.
  private static final List<Network> PRIVATE =
      networks(
          "10.0.0.0/8",
          "100.64.0.0/10",
          "127.0.0.0/8",
          "169.254.0.0/16",
          "172.16.0.0/12",
          "192.168.0.0/16",
          "198.18.0.0/15",
          "::1/128",
          "fc00::/7",
          "fe80::/10",
          "fec0::/10");

  private AddressRule() {}

  private static List<Network> networks(String... texts) {
    return List.of(texts).stream().map(Network::parse).toList();
  }

  public static boolean allows(InetAddress address, boolean privateToo) {
    return NEVER.stream().noneMatch(network -> network.contains(address))
        && (privateToo || PRIVATE.stream().noneMatch(network -> network.contains(address)));
  }
}
