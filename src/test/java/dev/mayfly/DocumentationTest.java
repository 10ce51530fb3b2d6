package dev.mayfly;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the documents point at exists.
class DocumentationTest {
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern CODE_SPAN = Pattern.compile("`[^`\n]*`");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
  private static final Pattern EXTERNAL = Pattern.compile("[a-z]+:.*");
  private static final Pattern COMMAND = Pattern.compile("\\./mayfly +([a-z][a-z-]*)");
  private static final Pattern USAGE_LINE = Pattern.compile("(?m)^  ([a-z]+)\\b");

  @Test
  void everyRelativeLinkPointsAtSomething() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      broken.addAll(brokenLinks(document));
    }
    assertEquals(List.of(), broken);
  }

  @Test
  void everyCommandOfTheReadmeIsOneOfTheLaunchers() throws IOException, InterruptedException {
    Set<String> named = words(COMMAND, Files.readString(Path.of("README.md")));
    assertTrue(named.contains("start"), "README.md names no command");
    Set<String> unknown = new TreeSet<>(named);
    unknown.removeAll(words(USAGE_LINE, usage()));
    assertEquals(Set.of(), unknown);
  }

  @Test
  void findsALinkToNowhereAndOneToAMissingHeading(@TempDir Path folder) throws IOException {
    Path document = folder.resolve("a.md");
    Files.writeString(
        document,
        """
        # The `one` heading, with: punctuation
        ## Twice
        ## Twice
        [good](#the-one-heading-with-punctuation) [good](a.md#twice-1) [good](https://x.example/)
        [bad](b.md) [`bad`](#two) [bad](a.md#twice-2)
        `[no link](c.md)`
        ```
        [no link](d.md)
        ```
        """);
    assertEquals(
        List.of("b.md", "#two", "a.md#twice-2"),
        brokenLinks(document).stream().map(line -> line.split(": ", 2)[1]).toList());
  }

  private static List<Path> documents() throws IOException {
    try (Stream<Path> docs = Files.walk(Path.of("src/docs"));
        Stream<Path> github = Files.list(Path.of(".github"))) {
      return Stream.concat(Stream.of(Path.of("README.md")), Stream.concat(docs, github))
          .filter(path -> path.toString().endsWith(".md"))
          .sorted()
          .toList();
    }
  }

  private static List<String> brokenLinks(Path document) throws IOException {
    String text = FENCED.matcher(Files.readString(document)).replaceAll("");
    List<String> broken = new ArrayList<>();
    for (MatchResult link :
        LINK.matcher(CODE_SPAN.matcher(text).replaceAll("code")).results().toList()) {
      String target = link.group(1);
      if (!EXTERNAL.matcher(target).matches() && !exists(document, target)) {
        broken.add(document + ": " + target);
      }
    }
    return broken;
  }

  private static boolean exists(Path document, String target) throws IOException {
    int hash = target.indexOf('#');
    String file = hash < 0 ? target : target.substring(0, hash);
    Path path = file.isEmpty() ? document : document.resolveSibling(file).normalize();
    if (!Files.exists(path)) {
      return false;
    }
    return hash < 0 || anchors(path).contains(target.substring(hash + 1));
  }

  /// As GitHub makes them: lower case, without punctuation, `-` for blanks, a number where a
  /// heading is repeated.
  private static Set<String> anchors(Path document) throws IOException {
    String text = FENCED.matcher(Files.readString(document)).replaceAll("");
    Map<String, Integer> seen = new HashMap<>();
    Set<String> anchors = new TreeSet<>();
    for (MatchResult heading : HEADING.matcher(text).results().toList()) {
      String anchor =
          heading
              .group(1)
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N} _-]", "")
              .replace(' ', '-');
      int before = seen.merge(anchor, 1, Integer::sum) - 1;
      anchors.add(before == 0 ? anchor : anchor + "-" + before);
    }
    return anchors;
  }

  private static Set<String> words(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String usage() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("./mayfly", "help")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String usage = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    return usage;
  }
}
