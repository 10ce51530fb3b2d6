package dev.mayfly.identity;

import dev.mayfly.oauth.RealmName;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The roles of an admin: one in all realms and for the broker itself, or none, and one in each
/// of some realms.
/// Errors: `IllegalArgumentException` for root in one realm only.
public record Roles(Optional<Role> everywhere, Map<RealmName, Role> inRealm) {
  /// In the place of a realm's name; no realm can be called so.
  public static final String EVERYWHERE = "*";

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

  /// As the database and audit rows have it: `*=root`, `*=auditor nevocoin=operator`.
  public String text() {
    return Stream.concat(
            everywhere.stream().map(role -> EVERYWHERE + "=" + role.word()),
            inRealm.entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().value()))
                .map(entry -> entry.getKey() + "=" + entry.getValue().word()))
        .collect(Collectors.joining(" "));
  }

  /// Errors: `IllegalArgumentException` for anything but the form of [#text].
  public static Roles parse(String text) {
    Optional<Role> everywhere = Optional.empty();
    Map<RealmName, Role> inRealm = new HashMap<>();
    for (String word : text.isEmpty() ? new String[0] : text.split(" ", -1)) {
      int equals = word.indexOf('=');
      Role role =
          Role.parse(word.substring(equals + 1))
              .orElseThrow(() -> new IllegalArgumentException("there is no such role: " + word));
      if (equals < 1) {
        throw new IllegalArgumentException("a role needs a realm, or *: " + word);
      } else if (word.substring(0, equals).equals(EVERYWHERE)) {
        everywhere = Optional.of(role);
      } else {
        inRealm.put(new RealmName(word.substring(0, equals)), role);
      }
    }
    Roles roles = new Roles(everywhere, inRealm);
    if (!roles.text().equals(text)) {
      throw new IllegalArgumentException("roles are in order, each realm once: " + roles.text());
    }
    return roles;
  }

  public boolean isRoot() {
    return everywhere.equals(Optional.of(Role.ROOT));
  }
}
