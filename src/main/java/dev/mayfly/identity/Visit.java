package dev.mayfly.identity;

import dev.mayfly.audit.AuditContext;
import java.net.InetAddress;

/// A request of somebody who wants to be an admin: where from, and for which browser. `browser`
/// is a random text in a cookie, the same until the sign-in is done.
public record Visit(AuditContext context, InetAddress address, String browser) {
  /// A browser cookie of our own making, and of nobody's fancy.
  public static boolean isBrowser(String text) {
    return text.matches("[A-Za-z0-9_-]{43}");
  }

  public static String newBrowser() {
    return AdminSecrets.encode(AdminSecrets.random(32));
  }

  @Override
  public String toString() {
    return "Visit[" + context.requestId() + "]";
  }
}
