package dev.mayfly.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 6749 §3.3, [6749-11].
class ScopeSetTest {
  @Test
  void orderMeansNothing() {
    assertEquals(ScopeSet.parse("b a"), ScopeSet.parse("a b"));
    assertEquals("a b", ScopeSet.parse("b a").toString());
  }

  @Test
  void aTokenThatIsNamedTwiceIsInItOnce() {
    assertEquals(ScopeSet.parse("a"), ScopeSet.parse("a a"));
  }

  @Test
  void caseMatters() {
    assertFalse(ScopeSet.parse("a").contains(ScopeSet.parse("A")));
  }

  @Test
  void theEmptyTextIsTheEmptySetWhichEverySetContains() {
    assertEquals(ScopeSet.EMPTY, ScopeSet.parse(""));
    assertTrue(ScopeSet.EMPTY.isEmpty());
    assertTrue(ScopeSet.parse("a").contains(ScopeSet.EMPTY));
    assertFalse(ScopeSet.EMPTY.contains(ScopeSet.parse("a")));
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "a  b", " a", "a ", "a\tb", "a\nb", "\"", "\\", "é", "\u007F", "\0"})
  void refusesWhatIsNotInTheGrammar(String scope) {
    assertThrows(IllegalArgumentException.class, () -> ScopeSet.parse(scope));
  }

  @ParameterizedTest
  @ValueSource(strings = {"!", "#", "[", "]", "~", "orders:write", "https://x/?a=b"})
  void takesEveryCharacterOfTheGrammar(String scope) {
    assertEquals(scope, ScopeSet.parse(scope).toString());
  }

  @Test
  void aTokenHas128CharactersAtMost() {
    assertEquals(128, ScopeSet.parse("a".repeat(128)).toString().length());
    assertThrows(IllegalArgumentException.class, () -> ScopeSet.parse("a".repeat(129)));
  }

  @Test
  void cannotBeChangedFromOutside() {
    TreeSet<String> tokens = new TreeSet<>(List.of("a"));
    ScopeSet scope = new ScopeSet(tokens);
    tokens.add("admin");
    assertEquals("a", scope.toString());
    assertThrows(UnsupportedOperationException.class, () -> scope.tokens().add("admin"));
  }
}
