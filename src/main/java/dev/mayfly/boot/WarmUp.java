package dev.mayfly.boot;

/// What the first connection over TLS would otherwise wait for, done beside the start of the
/// server: Netty's defaults, for which it looks through all of Bouncy Castle.
final class WarmUp {
  private static final String DEFAULTS_OF_TLS = "io.netty.handler.ssl.JdkSslContext";

  private WarmUp() {}

  /// On a thread of its own, that nobody waits for.
  static void begin() {
    Thread.ofPlatform().name("mayfly-warm-up").daemon().start(WarmUp::run);
  }

  private static void run() {
    try {
      Class.forName(DEFAULTS_OF_TLS, true, WarmUp.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError _) {
      // Whoever needs it will say so.
    }
  }
}
