package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The words behind `./mayfly bench`.
class OptionsTest {
  private static Options of(String... words) {
    return Options.of(List.of(words));
  }

  @Test
  void aFlameGraphIsOfOneWorkload() {
    assertEquals(Optional.of("token-secret"), of("flame", "token-secret").flame());
    assertEquals(Optional.empty(), of("token-secret").flame());
    assertThrows(BenchException.class, () -> of("flame").flame());
    assertThrows(BenchException.class, () -> of("token-secret", "flame").flame());
    assertThrows(BenchException.class, () -> of("flame", "refresh", "mixed").flame());
  }

  @Test
  void secondsOfAFlameGraphAreThoseThatAreRecorded() {
    assertEquals(Duration.ofSeconds(20), of("flame", "refresh").recorded());
    assertEquals(Duration.ofSeconds(7), of("flame", "refresh", "--seconds", "7").recorded());
    assertEquals(Duration.ofSeconds(5), of("flame", "refresh", "--seconds", "7").time());
    assertEquals(Duration.ofSeconds(7), of("refresh", "--seconds", "7").time());
  }

  @Test
  void brokersAndTheirAddressesComeInTheSameOrder() {
    Options options = of("--pid", "12,11", "--target", "http://127.0.0.1:1,http://127.0.0.1:2");
    assertEquals(List.of(12L, 11L), options.pids());
    assertEquals(
        List.of(URI.create("http://127.0.0.1:1"), URI.create("http://127.0.0.1:2")),
        options.targets());
  }

  @Test
  void replicasGrow() {
    assertEquals(Optional.of(List.of(1, 2, 4)), of("growth", "--replicas", "1,2,4").replicas());
    assertEquals(Optional.empty(), of("growth").replicas());
    assertEquals(List.of(1_000, 100_000), of("growth").clients());
  }

  @ParameterizedTest
  @ValueSource(strings = {"2,1", "1,1", "0", "1,", "one", "-1"})
  void whatDoesNotGrowIsNoListOfReplicas(String list) {
    assertThrows(BenchException.class, () -> of("growth", "--replicas", list).replicas());
  }

  @Test
  void aPeerIsAnIssuer() {
    assertEquals(Optional.empty(), of("refresh").peer());
    assertEquals(
        Optional.of(URI.create("http://127.0.0.1:9400/a")),
        of("--peer", "http://127.0.0.1:9400/a/").peer());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nonsense", "issuer.example:443", "ftp://issuer.example", "https://", "{"})
  void whatIsNoAddressIsNoPeer(String text) {
    assertThrows(BenchException.class, () -> of("--peer", text).peer());
  }
}
