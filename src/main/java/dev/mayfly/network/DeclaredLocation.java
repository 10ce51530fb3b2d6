package dev.mayfly.network;

import java.net.InetAddress;
import java.util.List;

/// An operator's word that these networks are in that country.
/// Errors: `IllegalArgumentException` when no network is named.
public record DeclaredLocation(List<Network> networks, Location.Known location) {
  public DeclaredLocation {
    if (networks.isEmpty()) {
      throw new IllegalArgumentException("a location names at least one network");
    }
    networks = networks.stream().sorted().distinct().toList();
  }

  public boolean contains(InetAddress address) {
    for (Network network : networks) {
      if (network.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
