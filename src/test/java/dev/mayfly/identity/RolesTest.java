package dev.mayfly.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.oauth.RealmName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RolesTest {
  private static final RealmName HERE = new RealmName("here");
  private static final RealmName THERE = new RealmName("there");

  @Test
  void aRoleInOneRealmIsNoneInAnother() {
    Roles roles = new Roles(Optional.empty(), Map.of(HERE, Role.OPERATOR));
    assertEquals(Optional.of(Role.OPERATOR), roles.in(HERE));
    assertEquals(Optional.empty(), roles.in(THERE));
  }

  @Test
  void theGreaterOfTwoRolesCounts() {
    Roles more = new Roles(Optional.of(Role.AUDITOR), Map.of(HERE, Role.OPERATOR));
    assertEquals(Optional.of(Role.OPERATOR), more.in(HERE));
    assertEquals(Optional.of(Role.AUDITOR), more.in(THERE));
    Roles less = new Roles(Optional.of(Role.SECURITY_ADMIN), Map.of(HERE, Role.AUDITOR));
    assertEquals(Optional.of(Role.SECURITY_ADMIN), less.in(HERE));
  }

  @Test
  void whoMayMoreMayLessAndNotTheOtherWayRound() {
    for (Role has : Role.values()) {
      for (Role needed : Role.values()) {
        assertEquals(has.ordinal() >= needed.ordinal(), has.covers(needed));
      }
    }
  }

  @Test
  void rootIsNoRoleInOneRealm() {
    assertThrows(
        IllegalArgumentException.class, () -> new Roles(Optional.empty(), Map.of(HERE, Role.ROOT)));
    assertTrue(Roles.everywhere(Role.ROOT).isRoot());
    assertFalse(Roles.everywhere(Role.SECURITY_ADMIN).isRoot());
    assertFalse(Roles.NONE.isRoot());
  }

  @Test
  void readsItsOwnWordsAndNothingElse() {
    for (Role role : Role.values()) {
      assertEquals(Optional.of(role), Role.parse(role.word()));
    }
    assertEquals(Optional.empty(), Role.parse("ROOT"));
    assertEquals(Optional.empty(), Role.parse(""));
  }

  @Test
  void readsWhatItWrites() {
    for (String text :
        List.of("", "*=root", "here=auditor", "*=auditor here=operator there=security_admin")) {
      assertEquals(text, Roles.parse(text).text());
    }
  }

  @Test
  void refusesAnyOtherText() {
    for (String text :
        List.of(
            " ",
            "root",
            "=root",
            "*=",
            "*=king",
            "here=root",
            "*=root ",
            "there=auditor here=auditor",
            "here=auditor here=operator",
            "here=auditor *=auditor")) {
      assertThrows(IllegalArgumentException.class, () -> Roles.parse(text), text);
    }
  }
}
