package dev.mayfly.keys;

import java.time.Instant;

/// Whether the token serves. `because` is one line for operators and holds no secret.
public sealed interface HsmState {
  record Ready(String tokenLabel, int sessions) implements HsmState {}

  record Down(Instant since, String because) implements HsmState {}
}
