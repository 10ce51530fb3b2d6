package dev.mayfly;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A wrong citation is worse than none. Each section of a standard that the code names stands in
/// `src/docs/standards.md` with what it says, where somebody has compared the two.
class CitationTest {
  private static final Pattern RFC =
      Pattern.compile("RFC ([0-9]{3,4})((?:(?:,| and|, and)? ?§[0-9]+(?:\\.[0-9]+)*)*)");
  private static final Pattern SECTION = Pattern.compile("§[0-9]+(?:\\.[0-9]+)*");
  private static final Pattern DRAFT = Pattern.compile("draft,? (-[0-9]{2})|(rfc[0-9]{4}bis)");

  /// `RFC 6749 §5.2`, `RFC 8725`, `draft -11`, `rfc7523bis`.
  private static Set<String> citations(String text) {
    String prose = text.replaceAll("\\n\\s*(?:///?|\\*|--|#)? ?", " ");
    Set<String> citations = new TreeSet<>();
    Matcher rfc = RFC.matcher(prose);
    while (rfc.find()) {
      List<String> sections =
          SECTION.matcher(rfc.group(2)).results().map(match -> match.group()).toList();
      String name = "RFC " + rfc.group(1);
      if (sections.isEmpty()) {
        citations.add(name);
      }
      sections.forEach(section -> citations.add(name + " " + section));
    }
    Matcher draft = DRAFT.matcher(prose);
    while (draft.find()) {
      citations.add(draft.group(1) == null ? draft.group(2) : "draft " + draft.group(1));
    }
    return citations;
  }

  private static Set<String> citedInTheCode() throws IOException {
    Set<String> cited = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        cited.addAll(citations(Files.readString(file)));
      }
    }
    return cited;
  }

  /// The first cell of each row.
  private static Set<String> listed() throws IOException {
    Set<String> listed = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("src/docs/standards.md"))) {
      if (line.startsWith("| ")) {
        listed.addAll(citations(line.split("\\|", -1)[1]));
      }
    }
    return listed;
  }

  @Test
  void everyCitationInTheCodeIsListed() throws IOException {
    Set<String> unknown = citedInTheCode();
    unknown.removeAll(listed());
    assertEquals(Set.of(), unknown, "compare with the standard, then list in standards.md");
  }

  @Test
  void everySectionThatIsListedIsCited() throws IOException {
    Set<String> stale = listed();
    stale.removeAll(citedInTheCode());
    assertEquals(Set.of(), stale, "src/docs/standards.md lists what no code cites");
  }

  @Test
  void citationsAreFoundHoweverTheyAreWritten() {
    assertEquals(
        Set.of("RFC 9449 §5", "RFC 9449 §8", "RFC 7518 §6.2", "RFC 7518 §6.3.2", "RFC 8725"),
        citations("/// by RFC 9449 §5 and §8, RFC\n  /// 7518 §6.2, §6.3.2 (RFC 8725)."));
    assertEquals(
        Set.of("draft -11", "rfc7523bis"), citations("attestation draft -11, and rfc7523bis"));
    assertFalse(citations("RFC 6749 §99").equals(citations("RFC 6749 §9")));
  }
}
