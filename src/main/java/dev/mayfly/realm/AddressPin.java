package dev.mayfly.realm;

import dev.mayfly.network.Network;
import java.net.InetAddress;
import java.util.Optional;

/// How closely an instance is held to the address it joined from.
public enum AddressPin {
  EXACT(32, 128),
  NETWORK(24, 64),
  NONE(-1, -1);

  private final int v4Prefix;
  private final int v6Prefix;

  AddressPin(int v4Prefix, int v6Prefix) {
    this.v4Prefix = v4Prefix;
    this.v6Prefix = v6Prefix;
  }

  /// The network that later renewals must come from; nothing when there is no pin.
  public Optional<Network> around(InetAddress joinedFrom) {
    int prefix = joinedFrom.getAddress().length == 4 ? v4Prefix : v6Prefix;
    return prefix < 0 ? Optional.empty() : Optional.of(Network.around(joinedFrom, prefix));
  }
}
