package dev.mayfly.network;

import java.net.InetAddress;
import java.util.List;

/// The address a request comes from, as far as it can be believed.
/// Headers count only where a configured proxy wrote them; what cannot be established is
/// `Untrustworthy`, and the caller denies.
public sealed interface PeerAddress {
  record Known(InetAddress address) implements PeerAddress {}

  record Untrustworthy(String because) implements PeerAddress {}

  /// All `X-Forwarded-For` values of one request together, in characters: room for about eighty
  /// hops.
  int MAX_HEADER_LENGTH = 4096;

  /// The right-most address that is not a trusted proxy. Each hop appends on the right the address
  /// it saw, so everything to the left of that one is the claim of a stranger.
  ///
  /// A trusted peer that forwards no header is `Untrustworthy` and not "the client is the proxy":
  /// a client can make some proxies drop the header again by naming it in `Connection`
  /// (CVE-2022-31813), and would then borrow the proxy's own, usually allowed, address.
  /// Where every hop is a trusted proxy, the left-most of them made the request itself.
  ///
  /// @param forwardedFor the header's values, in the order received
  static PeerAddress resolve(
      InetAddress socketPeer, List<String> forwardedFor, List<Network> trustedProxies) {
    if (!isTrusted(socketPeer, trustedProxies)) {
      return new Known(socketPeer);
    }
    int length = 0;
    for (String value : forwardedFor) {
      length += value.length() + 1;
    }
    if (length == 0) {
      return new Untrustworthy("the trusted proxy sent no X-Forwarded-For");
    }
    if (length > MAX_HEADER_LENGTH) {
      return new Untrustworthy("X-Forwarded-For is too long");
    }
    return walk(String.join(",", forwardedFor), trustedProxies);
  }

  private static PeerAddress walk(String hops, List<Network> trustedProxies) {
    InetAddress hop = null;
    int end = hops.length();
    while (end >= 0) {
      int comma = hops.lastIndexOf(',', end - 1);
      try {
        hop = parseHop(hops.substring(comma + 1, end).strip());
      } catch (IllegalArgumentException _) {
        return new Untrustworthy("X-Forwarded-For has a malformed element");
      }
      if (!isTrusted(hop, trustedProxies)) {
        break;
      }
      end = comma;
    }
    return new Known(hop);
  }

  /// `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:443`.
  private static InetAddress parseHop(String text) {
    int colon = text.indexOf(':');
    if (text.startsWith("[")) {
      int close = text.indexOf(']');
      String after = text.substring(close + 1);
      boolean v6 = colon >= 0 && colon < close; // brackets are for IPv6 only
      if (!v6 || !(after.isEmpty() || isPort(after))) {
        throw new IllegalArgumentException("not an address in brackets");
      }
      return IpLiteral.parse(text.substring(1, close));
    }
    if (colon >= 0 && colon == text.lastIndexOf(':')) {
      if (!isPort(text.substring(colon))) {
        throw new IllegalArgumentException("not a port");
      }
      return IpLiteral.parse(text.substring(0, colon));
    }
    return IpLiteral.parse(text);
  }

  private static boolean isPort(String text) {
    return text.matches(":[0-9]{1,5}") && Integer.parseInt(text.substring(1)) <= 65535;
  }

  static boolean isTrusted(InetAddress address, List<Network> trustedProxies) {
    for (Network proxy : trustedProxies) {
      if (proxy.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
