package dev.mayfly;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.EvaluationResult;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.groups.UniAwait;
import jakarta.persistence.Entity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The rooms and arrows of `src/docs/architecture.md`, read from its table, and the rules that no
/// compiler knows. Each rule is also held against a class in [dev.mayfly.misconduct] that breaks
/// it: a rule that cannot fail guards nothing.
class ArchitectureTest {
  private static final String ROOT = "dev.mayfly.";
  private static final JavaClasses BROKER =
      new ClassFileImporter().importPath(Path.of("target", "classes"));
  private static final JavaClasses MISCONDUCT =
      new ClassFileImporter().importPackages("dev.mayfly.misconduct");

  private static final Path SOURCES = Path.of("src/main/java/dev/mayfly");

  /// What each room may use, by the table.
  private static final Map<String, Set<String>> ARROWS = arrows();

  private static Map<String, Set<String>> arrows() {
    try {
      return table().stream()
          .map(line -> line.split("\\|", -1))
          .collect(
              Collectors.toMap(
                  cells -> cells[1].strip().replace("`", ""),
                  cells ->
                      Arrays.stream(cells[3].split("[ ,-]+", -1))
                          .filter(room -> !room.isEmpty())
                          .collect(Collectors.toCollection(TreeSet::new)),
                  (one, other) -> {
                    throw new IllegalStateException("a room stands twice in the table");
                  },
                  TreeMap::new));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// The rows of the document's first table.
  private static List<String> table() throws IOException {
    return Files.readAllLines(Path.of("src/docs/architecture.md")).stream()
        .dropWhile(line -> !line.startsWith("| package |"))
        .takeWhile(line -> line.startsWith("|"))
        .filter(line -> line.startsWith("| `"))
        .toList();
  }

  private static String room(JavaClass of) {
    String rest = of.getPackageName().substring(ROOT.length());
    int dot = rest.indexOf('.');
    return dot < 0 ? rest : rest.substring(0, dot);
  }

  private static boolean isOurs(JavaClass any) {
    return any.getPackageName().startsWith(ROOT);
  }

  @Test
  void theRoomsAreTheTablesAndEachUsesExactlyWhatTheTableSays() throws IOException {
    Map<String, Set<String>> used = new TreeMap<>();
    for (JavaClass from : BROKER) {
      Set<String> rooms = used.computeIfAbsent(room(from), _ -> new TreeSet<>());
      from.getDirectDependenciesFromSelf().stream()
          .map(dependency -> dependency.getTargetClass().getBaseComponentType())
          .filter(ArchitectureTest::isOurs)
          .map(ArchitectureTest::room)
          .filter(room -> !room.equals(room(from)))
          .forEach(rooms::add);
    }
    imports().forEach((from, to) -> used.computeIfAbsent(from, _ -> new TreeSet<>()).addAll(to));
    assertEquals(List.of(), differences(used), "src/docs/architecture.md and the code differ");
  }

  /// What the class files do not tell: a type that only a pattern of a switch names.
  private static Map<String, Set<String>> imports() throws IOException {
    Pattern named = Pattern.compile("(?m)^import (?:static )?dev\\.mayfly\\.([a-z]+)\\.");
    Map<String, Set<String>> rooms = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(any -> any.toString().endsWith(".java")).toList()) {
        String room = SOURCES.relativize(file).getName(0).toString();
        Set<String> used = rooms.computeIfAbsent(room, _ -> new TreeSet<>());
        named
            .matcher(Files.readString(file))
            .results()
            .map(match -> match.group(1))
            .filter(other -> !other.equals(room))
            .forEach(used::add);
      }
    }
    return rooms;
  }

  private static List<String> differences(Map<String, Set<String>> used) {
    Set<String> rooms = new TreeSet<>(ARROWS.keySet());
    rooms.addAll(used.keySet());
    List<String> differences = new ArrayList<>();
    for (String from : rooms) {
      Set<String> told = ARROWS.getOrDefault(from, Set.of());
      Set<String> real = used.getOrDefault(from, Set.of());
      real.stream()
          .filter(to -> !told.contains(to))
          .forEach(to -> differences.add(from + " uses " + to + ", which the table does not say"));
      told.stream()
          .filter(to -> !real.contains(to))
          .forEach(to -> differences.add(from + " does not use " + to + ", as the table says"));
    }
    return differences;
  }

  private static final ArchRule NO_CYCLES =
      slices().matching("dev.mayfly.(*)..").should().beFreeOfCycles();

  @Test
  void thereAreNoCycles() {
    NO_CYCLES.check(BROKER);
  }

  private static ArchRule pureJdk(String room) {
    return classes()
        .that()
        .resideInAPackage(room)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage("java..", room));
  }

  @Test
  void theWordsOfTheStandardsArePureJdk() {
    pureJdk("dev.mayfly.oauth..").check(BROKER);
    fails(pureJdk("dev.mayfly.misconduct.."));
  }

  /// Private ones are a class's own business, not a value that rooms hand to each other.
  private static final ArchRule RECORDS_ARE_VALUES =
      noClasses()
          .that()
          .areRecords()
          .and()
          .doNotHaveModifier(JavaModifier.PRIVATE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.smallrye.mutiny..", "jakarta.persistence..", "org.hibernate..");

  @Test
  void recordsKnowNeitherMutinyNorTheDatabase() {
    RECORDS_ARE_VALUES.check(BROKER);
    fails(RECORDS_ARE_VALUES);
  }

  private static final ArchRule ONLY_THE_START_WAITS =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("dev.mayfly.server.Startup")
          .should()
          .callMethod(Uni.class, "await")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(UniAwait.class);

  @Test
  void nobodyWaitsForAUniButTheStart() {
    ONLY_THE_START_WAITS.check(BROKER);
    fails(ONLY_THE_START_WAITS);
  }

  /// `boot` and `cli` are processes of their own, each with one clock, made in its `Main`.
  private static final ArchRule TIME_IS_HANDED_IN =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("dev.mayfly.server.Wiring")
          .and()
          .doNotHaveFullyQualifiedName("dev.mayfly.boot.Main")
          .and()
          .doNotHaveFullyQualifiedName("dev.mayfly.cli.Main")
          .and()
          .doNotHaveFullyQualifiedName("dev.mayfly.bench.Bench")
          .should()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(LocalDate.class, "now")
          .orShould()
          .callMethod(LocalDateTime.class, "now")
          .orShould()
          .callMethod(OffsetDateTime.class, "now")
          .orShould()
          .callMethod(ZonedDateTime.class, "now")
          .orShould()
          .callMethod(Clock.class, "systemUTC")
          .orShould()
          .callMethod(Clock.class, "systemDefaultZone")
          .orShould()
          .callMethod(Clock.class, "system", java.time.ZoneId.class)
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callConstructor(java.util.Date.class);

  @Test
  void nobodyAsksTheMachineForTheTime() {
    TIME_IS_HANDED_IN.check(BROKER);
    fails(TIME_IS_HANDED_IN);
  }

  private static ArchRule stayHome(String annotation) {
    return classes().that().areAnnotatedWith(annotation).should().bePackagePrivate();
  }

  @Test
  void entitiesNeverLeaveTheLedger() {
    stayHome(Entity.class.getName()).check(BROKER);
    fails(stayHome("dev.mayfly.misconduct.PublicRow$Row"));
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.mayfly.ledger..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jakarta.persistence..", "org.hibernate..", "io.vertx.pgclient..")
        .check(BROKER);
  }

  /// The endpoints of the broker; `boot`, `cli` and `bench` run without any of it.
  private static final ArchRule NO_BLOCKING =
      noClasses()
          .that(
              not(
                  resideInAnyPackage(
                      "dev.mayfly.boot..",
                      "dev.mayfly.cli..",
                      "dev.mayfly.keys..",
                      "dev.mayfly.bench..")))
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(Thread.class, "sleep", java.time.Duration.class)
          .orShould()
          .dependOnClassesThat(belongToAnyOf(java.util.concurrent.CountDownLatch.class));

  @Test
  void nothingOnTheWayOfARequestSleeps() {
    NO_BLOCKING.check(BROKER);
    fails(NO_BLOCKING);
  }

  private static final ArchRule NO_CATCH_ALL_NAMES =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Manager")
          .orShould()
          .haveSimpleNameEndingWith("Helper")
          .orShould()
          .haveSimpleNameEndingWith("Util")
          .orShould()
          .haveSimpleNameEndingWith("Utils");

  @Test
  void namesSayWhatAClassDoes() {
    NO_CATCH_ALL_NAMES.check(BROKER);
    fails(NO_CATCH_ALL_NAMES);
  }

  /// And the cycle rule, and the table itself, against an example each.
  @Test
  void aCycleWouldBeSeen() {
    EvaluationResult cycle =
        slices()
            .matching("dev.mayfly.misconduct.(*)..")
            .should()
            .beFreeOfCycles()
            .evaluate(MISCONDUCT);
    assertTrue(cycle.hasViolation());
    assertFalse(ARROWS.get("oauth").contains("ledger"), "the table was read");
    assertTrue(ARROWS.get("ledger").contains("oauth"), "the table was read");
  }

  private static void fails(ArchRule rule) {
    assertTrue(rule.evaluate(MISCONDUCT).hasViolation(), rule.getDescription());
  }

  @Test
  void theTablesOrderIsTheOrderOfTheRooms() throws IOException {
    Set<String> known = new TreeSet<>();
    for (String line : table()) {
      String room = line.split("\\|", -1)[1].strip().replace("`", "");
      assertTrue(known.containsAll(ARROWS.get(room)), room + " uses a room further down");
      known.add(room);
    }
    assertEquals(ARROWS.keySet(), known);
  }
}
