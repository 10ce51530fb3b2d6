package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.ledger.Registration.Distrust;
import dev.mayfly.ledger.Registration.Key;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Walks years of a chain's life in random steps, with rotations, compromises, other algorithms,
/// retired keys and a token that is away for days, and looks at each step at what verifiers see.
class KeyTimelineWalkTest {
  private static final Duration TOKEN_LIFE = Duration.ofMinutes(15);
  private static final Duration ANNOUNCE = Duration.ofHours(24);
  private static final List<String> ALGORITHMS = List.of("ES256", "ES384", "EdDSA");

  private record Token(String kid, Instant expiresAt) {}

  private final List<Key> keys = new ArrayList<>();
  private final List<Token> tokens = new ArrayList<>();

  /// Keys that may sign before verifiers have known them for long: there was no other.
  private final Set<String> hurried = new HashSet<>();

  private final Set<String> everSigned = new HashSet<>();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private Instant tokenAwayUntil = now;
  private String algorithm = "ES256";

  private KeyPlan plan() {
    return new KeyPlan(
        algorithm, ANNOUNCE, Duration.ofDays(90), TOKEN_LIFE.plus(KeyPlan.SKEW), true);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void keepsItsPromisesThroughTheYears(long seed) {
    Random random = new Random(seed);
    Instant end = now.plus(Duration.ofDays(2 * 365));
    while (now.isBefore(end)) {
      now = now.plusMillis(1 + (long) Math.pow(10, random.nextDouble(8.5)));
      happen(random);
      look();
      sign();
      check();
    }
    assertTrue(everSigned.size() > 12, "it rolled over");
  }

  private void happen(Random random) {
    KeyTimeline timeline = new KeyTimeline(keys);
    switch (random.nextInt(120)) {
      case 0 -> timeline.announced(now).ifPresent(this::rotate);
      case 1 -> timeline.signing(now).ifPresent(this::compromise);
      case 2 ->
          keys.stream()
              .skip(random.nextInt(keys.size() + 1))
              .findFirst()
              .ifPresent(this::compromise);
      case 3 -> algorithm = ALGORITHMS.get(random.nextInt(ALGORITHMS.size()));
      case 4 -> timeline.announced(now).ifPresent(key -> change(key.kid(), this::destroyed));
      case 5 -> tokenAwayUntil = now.plusSeconds(random.nextInt(400_000));
      default -> {}
    }
  }

  private void rotate(Key announced) {
    Instant at = new KeyTimeline(keys).soonest(announced, plan(), now);
    change(announced.kid(), key -> from(key, at));
  }

  /// As the admin's act does it: also while the token is away.
  private void compromise(Key key) {
    if (key.destroyedAt().isPresent() || key.distrust().isPresent()) {
      return;
    }
    KeyTimeline before = new KeyTimeline(keys);
    boolean signed = before.signing(now).equals(Optional.of(key));
    change(key.kid(), this::distrusted);
    if (signed) {
      before
          .announced(now)
          .ifPresent(
              next -> {
                hurried.add(next.kid());
                change(next.kid(), other -> from(other, now));
              });
    }
  }

  private void look() {
    if (now.isBefore(tokenAwayUntil)) {
      return;
    }
    for (int i = 0; i < 20; i++) {
      KeyTimeline timeline = new KeyTimeline(keys);
      boolean first = timeline.signing(now).isEmpty();
      switch (timeline.next(plan(), false, now)) {
        case KeyStep.Nothing _ -> {
          return;
        }
        case KeyStep.Make make -> {
          String kid = "k" + keys.size();
          if (first) {
            hurried.add(kid);
          }
          keys.add(
              KeyTimelineTest.key(
                  kid, algorithm, now, make.signsFrom(now), Optional.empty(), Optional.empty()));
        }
        case KeyStep.BringForward(String kid, Instant at) -> {
          if (first) {
            hurried.add(kid);
          }
          change(kid, key -> from(key, at));
        }
        case KeyStep.Destroy(String kid, _) -> change(kid, this::destroyed);
      }
    }
    throw new AssertionError("it never comes to rest");
  }

  private void sign() {
    new KeyTimeline(keys)
        .signing(now)
        .ifPresent(
            key -> {
              everSigned.add(key.kid());
              tokens.add(new Token(key.kid(), now.plus(TOKEN_LIFE)));
              assertTrue(
                  hurried.contains(key.kid()) || !now.isBefore(key.createdAt().plus(ANNOUNCE)),
                  "verifiers know the key that signs");
            });
  }

  private void check() {
    tokens.removeIf(token -> token.expiresAt().isBefore(now));
    KeyTimeline timeline = new KeyTimeline(keys);
    long signing =
        keys.stream().filter(key -> timeline.state(key, plan(), now) == KeyState.SIGNING).count();
    assertTrue(signing <= 1, "one signs at most");
    if (!now.isBefore(tokenAwayUntil)) {
      assertEquals(1, signing, "one signs at least");
    }
    for (Token token : tokens) {
      Key key =
          keys.stream().filter(one -> one.kid().equals(token.kid())).findFirst().orElseThrow();
      if (key.distrust().isEmpty()) {
        assertTrue(
            timeline.state(key, plan(), now).isTrusted(), "a live token verifies, by " + key);
        assertFalse(key.destroyedAt().isPresent());
      }
    }
    for (Key key : keys) {
      boolean gone = key.destroyedAt().isPresent() || key.distrust().isPresent();
      assertFalse(
          gone && timeline.state(key, plan(), now).isTrusted(), "what is gone is not trusted");
    }
  }

  private void change(String kid, UnaryOperator<Key> change) {
    keys.replaceAll(key -> key.kid().equals(kid) ? change.apply(key) : key);
  }

  private Key from(Key key, Instant signsFrom) {
    return KeyTimelineTest.key(
        key.kid(), key.algorithm(), key.createdAt(), signsFrom, key.distrust(), key.destroyedAt());
  }

  private Key distrusted(Key key) {
    return KeyTimelineTest.key(
        key.kid(),
        key.algorithm(),
        key.createdAt(),
        key.signsFrom(),
        Optional.of(new Distrust(now, "a test")),
        key.destroyedAt());
  }

  private Key destroyed(Key key) {
    return KeyTimelineTest.key(
        key.kid(),
        key.algorithm(),
        key.createdAt(),
        key.signsFrom(),
        key.distrust(),
        Optional.of(now));
  }
}
