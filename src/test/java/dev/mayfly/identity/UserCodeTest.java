package dev.mayfly.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UserCodeTest {
  @Test
  void isEightLettersOfTwentyInTwoGroups() {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      String code = UserCode.random();
      assertTrue(code.matches("[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}"), code);
      all.add(code);
    }
    assertEquals(200, all.size());
  }

  @Test
  void isOneHoweverItIsTyped() {
    for (String typed : new String[] {"BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "b-c-d-f-g-h-j-k"}) {
      assertEquals("BCDF-GHJK", UserCode.canonical(typed));
    }
    assertEquals("BCD", UserCode.canonical("bcd"));
    assertEquals("", UserCode.canonical("--"));
  }
}
