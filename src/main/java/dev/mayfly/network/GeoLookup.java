package dev.mayfly.network;

import java.net.InetAddress;
import java.util.List;

/// Which country an address is in. Thread-safe; called on the event loop, so it must not block.
@FunctionalInterface
public interface GeoLookup {
  /// No country data at all: every address is unknown.
  GeoLookup NOWHERE = _ -> Location.UNKNOWN;

  Location locate(InetAddress address);

  /// What the operator declares comes first (the data of the world knows nothing of loopback or
  /// private networks), the first declaration that fits decides.
  static GeoLookup declared(List<DeclaredLocation> declared, GeoLookup otherwise) {
    if (declared.isEmpty()) {
      return otherwise;
    }
    List<DeclaredLocation> copy = List.copyOf(declared);
    return address -> {
      for (DeclaredLocation location : copy) {
        if (location.contains(address)) {
          return location.location();
        }
      }
      return otherwise.locate(address);
    };
  }
}
