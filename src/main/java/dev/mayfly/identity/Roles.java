package dev.mayfly.identity;

import dev.mayfly.oauth.RealmName;
import java.util.Map;
import java.util.Optional;

/// The roles of an admin: one in all realms and for the broker itself, or none, and one in each
/// of some realms.
/// Errors: `IllegalArgumentException` for root in one realm only.
public record Roles(Optional<Role> everywhere, Map<RealmName, Role> inRealm) {
  public static final Roles NONE = new Roles(Optional.empty(), Map.of());

  public Roles {
    inRealm = Map.copyOf(inRealm);
    if (inRealm.containsValue(Role.ROOT)) {
      throw new IllegalArgumentException("root is a role in the whole broker");
    }
  }

  public static Roles everywhere(Role role) {
    return new Roles(Optional.of(role), Map.of());
  }

  /// The greater one of what counts in this realm; empty: the admin has no business there.
  public Optional<Role> in(RealmName realm) {
    Role here = inRealm.get(realm);
    if (here == null) {
      return everywhere;
    }
    return everywhere.filter(role -> role.covers(here)).or(() -> Optional.of(here));
  }

  public boolean isRoot() {
    return everywhere.equals(Optional.of(Role.ROOT));
  }
}
