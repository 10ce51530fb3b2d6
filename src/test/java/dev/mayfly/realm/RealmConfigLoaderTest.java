package dev.mayfly.realm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class RealmConfigLoaderTest {
  static final List<Path> BAD = RealmFixtures.realmFiles(RealmFixtures.BAD);
  private static final String SMALLEST =
      "realm: a\naudiences: [\"urn:example:api\"]\nscopes: {read: {}}\n";

  @TempDir Path folder;

  private static String refusalOf(org.junit.jupiter.api.function.Executable load) {
    return assertThrows(RealmConfigException.class, load).getMessage();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @ParameterizedTest
  @FieldSource("BAD")
  void refusesTheFileWithTheLineInItsHeader(Path file) throws IOException {
    for (String pem : List.of("leaf.pem", "nothing.pem", "tpm-makers.pem")) {
      Files.copy(RealmFixtures.BAD.resolve(pem), folder.resolve(pem));
    }
    Files.copy(file, folder.resolve(file.getFileName()));
    assertEquals(
        file.getFileName() + ":" + RealmFixtures.header(file, "expect"),
        refusalOf(() -> RealmConfigLoader.load(folder)));
  }

  @Test
  void loadsTheSmallestAndTheLargestRealm() {
    List<RealmConfig> realms = RealmConfigLoader.load(RealmFixtures.GOOD);
    assertEquals(
        List.of("everything", "hardware", "smallest", "workloads"),
        realms.stream().map(realm -> realm.realm().value()).toList());
  }

  @Test
  void neverQuotesAnInlineSecret() {
    for (Path file : BAD) {
      if (file.getFileName().toString().startsWith("inline-secret")) {
        String refusal = refusalOf(() -> RealmFixtures.load(file));
        assertFalse(refusal.contains("horse") || refusal.contains("0123"), refusal);
      }
    }
  }

  @Test
  void refusesAFolderWithoutRealmFiles() throws IOException {
    write("readme.md", "nothing");
    write(".hidden.yaml", "nothing");
    String refusal = refusalOf(() -> RealmConfigLoader.load(folder));
    assertTrue(refusal.endsWith("the folder has no realm file (*.yaml)"), refusal);
  }

  @Test
  void refusesAFolderThatIsNotThere() {
    String refusal = refusalOf(() -> RealmConfigLoader.load(folder.resolve("absent")));
    assertTrue(refusal.endsWith("the folder of realm files cannot be read"), refusal);
  }

  @Test
  void refusesAFileThatWouldSilentlyBeSkipped() throws IOException {
    write("a.yml", SMALLEST);
    assertEquals(
        "a.yml:1:1: (document): a realm file ends in .yaml",
        refusalOf(() -> RealmConfigLoader.load(folder)));
  }

  @Test
  void refusesTwoFilesForOneRealm() throws IOException {
    write("a.yaml", SMALLEST);
    write("b.yaml", SMALLEST);
    assertEquals(
        "b.yaml:1:8: realm: the file of realm a is a.yaml",
        refusalOf(() -> RealmConfigLoader.load(folder)));
  }

  @Test
  void refusesTwoRealmsWithOneIssuer() {
    String issuer = "issuer: https://as.example\n";
    assertEquals(
        "b.yaml:4:9: issuer: the issuer of a.yaml",
        refusalOf(
            () ->
                RealmConfigLoader.parseAll(
                    Map.of(
                        "a.yaml", SMALLEST + issuer,
                        "b.yaml", SMALLEST.replace("realm: a", "realm: b") + issuer))));
  }

  @Test
  void refusesAFileOverOneMebibyte() throws IOException {
    String comment =
        "#" + "x".repeat(RealmConfigLoader.LARGEST_FILE - SMALLEST.length() - 2) + "\n";
    write("a.yaml", SMALLEST + comment);
    assertEquals(1, RealmConfigLoader.load(folder).size());
    write("a.yaml", SMALLEST + "x" + comment);
    assertEquals(
        "a.yaml:1:1: (document): larger than 1048576 bytes",
        refusalOf(() -> RealmConfigLoader.load(folder)));
    assertEquals(
        "a.yaml:1:1: (document): larger than 1048576 bytes",
        refusalOf(() -> RealmConfigLoader.parse("a.yaml", SMALLEST + "x" + comment)));
  }

  @Test
  void refusesWhatIsNotUtf8() throws IOException {
    Files.write(folder.resolve("a.yaml"), new byte[] {'#', (byte) 0xC3, '\n'});
    assertEquals(
        "a.yaml:1:1: (document): not UTF-8", refusalOf(() -> RealmConfigLoader.load(folder)));
  }

  @Test
  void namesTheFileThatCannotBeRead() throws IOException {
    Files.createDirectory(folder.resolve("a.yaml"));
    assertEquals(
        "a.yaml:1:1: (document): cannot be read", refusalOf(() -> RealmConfigLoader.load(folder)));
  }

  @Test
  void survivesNestingAndAliasBombs() {
    String deep = "realm: a\nx: " + "[".repeat(5000) + "]".repeat(5000);
    assertTrue(refusalOf(() -> RealmConfigLoader.parse("a.yaml", deep)).endsWith("too deeply"));
    String bomb = "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
    assertTrue(
        refusalOf(() -> RealmConfigLoader.parse("a.yaml", bomb)).endsWith("are not allowed"));
  }

  @Test
  void saysEverythingOnOneShortLine() {
    String hostile = SMALLEST + "\"evil\\nkey\\u001b[31m" + "x".repeat(500) + "\": 1\n";
    String refusal = refusalOf(() -> RealmConfigLoader.parse("a.yaml", hostile));
    assertTrue(refusal.startsWith("a.yaml:4:1: evil?key?[31mxxx"), refusal);
    assertTrue(refusal.length() < 450, refusal);
  }

  @Test
  void readsAnchorsBesideTheRealmFile() throws IOException {
    for (String name : List.of("everything.yaml", "corp-ca.pem", "prod-bundle.json")) {
      Files.copy(RealmFixtures.GOOD.resolve(name), folder.resolve(name));
    }
    assertEquals(RealmFixtures.everything(), RealmConfigLoader.load(folder).getFirst());
  }

  @Test
  void takesNorwayForACountry() {
    assertEquals(
        List.of("GB", "IE", "NO"),
        RealmFixtures.everything().policy().network().countries().orElseThrow());
  }
}
