package dev.mayfly.identity;

import java.time.Duration;

/// How long things last between an admin and the broker.
public final class SessionLife {
  /// Without a request.
  public static final Duration IDLE = Duration.ofMinutes(15);

  /// In any case.
  public static final Duration WHOLE = Duration.ofHours(8);

  /// How old the second factor may be for an act that destroys something.
  public static final Duration FRESH = Duration.ofMinutes(5);

  /// From the question to the browser to the authenticator's answer.
  public static final Duration CHALLENGE = Duration.ofMinutes(5);

  /// For an admin to confirm a terminal, from the code on its screen.
  public static final Duration TERMINAL = Duration.ofMinutes(5);

  /// A terminal may ask so often whether it was confirmed.
  public static final Duration TERMINAL_ASKS = Duration.ofSeconds(1);

  /// Of a machine, which can have another session at any time.
  public static final Duration MACHINE = Duration.ofMinutes(10);

  /// Of a one-time link.
  public static final Duration INVITATION = Duration.ofHours(24);

  private SessionLife() {}
}
