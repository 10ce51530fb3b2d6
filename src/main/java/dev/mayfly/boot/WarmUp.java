package dev.mayfly.boot;

import io.netty.handler.ssl.util.BouncyCastleUtil;

/// What the first connection over TLS would otherwise wait for, on an event loop, done beside the
/// start of the server: Netty looks whether Bouncy Castle is there, and makes all of its provider.
final class WarmUp {
  private WarmUp() {}

  /// On a thread of its own, that nobody waits for. Netty keeps what it found, or why it did not.
  static void begin() {
    Thread.ofPlatform().name("mayfly-warm-up").daemon().start(BouncyCastleUtil::isBcProvAvailable);
  }
}
