package dev.mayfly.identity;

import java.time.Instant;

/// Who asks, once that is proved.
public sealed interface Admin {
  /// As audit rows name the admin.
  String name();

  Roles roles();

  /// Whether the proof is fresh enough for an act that destroys something.
  boolean isFresh(Instant now);

  /// The owner of the machine: the key in the home folder signed the request, and the management
  /// port was reached. Root, without a second factor: whoever can read that file can read the
  /// database and the HSM's PIN beside it.
  record Local(String name) implements Admin {
    @Override
    public Roles roles() {
      return Roles.everywhere(Role.ROOT);
    }

    @Override
    public boolean isFresh(Instant now) {
      return true;
    }
  }
}
