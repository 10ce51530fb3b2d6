package dev.mayfly.identity;

import java.net.URI;

/// Where browsers reach the broker.
public final class Site {
  private Site() {}

  /// As browsers write it in `Origin`: without the port where it is the usual one.
  public static String origin(URI url) {
    String port = url.getPort() < 0 || url.getPort() == 443 ? "" : ":" + url.getPort();
    return url.getScheme() + "://" + url.getHost() + port;
  }
}
