package dev.mayfly.registry;

import dev.mayfly.network.Network;
import java.util.List;

/// The proxies whose word about the client's address is believed; empty: none.
public record ProxySettings(List<Network> trustedProxies) {
  public ProxySettings {
    trustedProxies = List.copyOf(trustedProxies);
  }
}
