package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mayfly.ledger.Registration.Distrust;
import dev.mayfly.ledger.Registration.Key;
import dev.mayfly.ledger.Registration.Purpose;
import dev.mayfly.oauth.RealmName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyTimelineTest {
  private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration TICK = Duration.ofMillis(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration VERIFY = Duration.ofMinutes(16);
  private static final KeyPlan PLAN = new KeyPlan("ES256", DAY, DAY.multipliedBy(90), VERIFY, true);
  private static final Instant SECOND_SIGNS = T0.plus(DAY.multipliedBy(90));

  private static final Key FIRST = key("first", T0, T0);
  private static final Key SECOND = key("second", T0.plusSeconds(1), SECOND_SIGNS);
  private static final KeyTimeline BOTH = new KeyTimeline(List.of(SECOND, FIRST));

  static Key key(String kid, Instant createdAt, Instant signsFrom) {
    return key(kid, "ES256", createdAt, signsFrom, Optional.empty(), Optional.empty());
  }

  static Key key(
      String kid,
      String algorithm,
      Instant createdAt,
      Instant signsFrom,
      Optional<Distrust> distrust,
      Optional<Instant> destroyedAt) {
    return new Key(
        kid,
        Optional.of(new RealmName("r")),
        Purpose.ACCESS_TOKEN,
        "t",
        algorithm,
        "label-" + kid,
        Optional.of("{}"),
        Optional.empty(),
        createdAt,
        signsFrom,
        distrust,
        destroyedAt);
  }

  private static Key distrusted(Key key, Instant at) {
    return key(
        key.kid(),
        key.algorithm(),
        key.createdAt(),
        key.signsFrom(),
        Optional.of(new Distrust(at, "a test")),
        key.destroyedAt());
  }

  private static Key destroyed(Key key, Instant at) {
    return key(
        key.kid(),
        key.algorithm(),
        key.createdAt(),
        key.signsFrom(),
        key.distrust(),
        Optional.of(at));
  }

  private static KeyStep next(KeyTimeline timeline, Instant now) {
    return timeline.next(PLAN, false, now);
  }

  @Test
  void changesOverAtOneMoment() {
    assertEquals(Optional.of(FIRST), BOTH.signing(SECOND_SIGNS.minus(TICK)));
    assertEquals(Optional.of(SECOND), BOTH.signing(SECOND_SIGNS));
    assertEquals(Optional.of(SECOND), BOTH.signing(SECOND_SIGNS.plus(TICK)));
    assertEquals(KeyState.ANNOUNCED, BOTH.state(SECOND, PLAN, SECOND_SIGNS.minus(TICK)));
    assertEquals(KeyState.SIGNING, BOTH.state(SECOND, PLAN, SECOND_SIGNS));
    assertEquals(KeyState.SIGNING, BOTH.state(FIRST, PLAN, SECOND_SIGNS.minus(TICK)));
    assertEquals(KeyState.VERIFY_ONLY, BOTH.state(FIRST, PLAN, SECOND_SIGNS));
  }

  @Test
  void verifiesUntilNothingCanLiveAnyMore() {
    Instant end = SECOND_SIGNS.plus(VERIFY);
    assertEquals(Optional.of(end), BOTH.verifiesUntil(FIRST, PLAN));
    assertEquals(Optional.empty(), BOTH.verifiesUntil(SECOND, PLAN));
    assertEquals(KeyState.VERIFY_ONLY, BOTH.state(FIRST, PLAN, end.minus(TICK)));
    assertEquals(KeyState.EXPIRED, BOTH.state(FIRST, PLAN, end));
    assertEquals(KeyState.EXPIRED, BOTH.state(FIRST, PLAN, end.plus(TICK)));
  }

  @Test
  void makesTheFirstKeyAtOnceAndTheNextInTime() {
    KeyStep first = next(new KeyTimeline(List.of()), T0);
    assertEquals(T0, assertInstanceOf(KeyStep.Make.class, first).signsFrom(T0));
    KeyStep second = next(new KeyTimeline(List.of(FIRST)), T0);
    assertEquals(
        SECOND_SIGNS, assertInstanceOf(KeyStep.Make.class, second).signsFrom(T0.plusSeconds(1)));
    assertEquals(new KeyStep.Nothing(), next(BOTH, T0.plusSeconds(2)));
    assertEquals(new KeyStep.Nothing(), next(BOTH, SECOND_SIGNS.minus(TICK)));
    assertInstanceOf(KeyStep.Make.class, next(BOTH, SECOND_SIGNS));
  }

  @Test
  void announcesALateKeyForLongEnoughAllTheSame() {
    Instant late = SECOND_SIGNS.plus(DAY.multipliedBy(30));
    KeyStep step = next(new KeyTimeline(List.of(FIRST)), late);
    assertEquals(late.plus(DAY), assertInstanceOf(KeyStep.Make.class, step).signsFrom(late));
  }

  @Test
  void announcesTheFirstKeyOfASecondToken() {
    KeyStep step = new KeyTimeline(List.of()).next(PLAN, true, T0);
    assertEquals(T0.plus(DAY), assertInstanceOf(KeyStep.Make.class, step).signsFrom(T0));
    KeyTimeline waiting = new KeyTimeline(List.of(key("first", T0, T0.plus(DAY))));
    assertEquals(new KeyStep.Nothing(), waiting.next(PLAN, true, T0.plusSeconds(9)));
    assertEquals(
        new KeyStep.BringForward("first", T0.plusSeconds(9)),
        waiting.next(PLAN, false, T0.plusSeconds(9)),
        "nothing else signs");
  }

  @Test
  void destroysWhatExpiredAndWhatIsDistrusted() {
    KeyTimeline later = new KeyTimeline(List.of(FIRST, SECOND, key("third", T0, Instant.MAX)));
    Instant end = SECOND_SIGNS.plus(VERIFY);
    assertEquals(new KeyStep.Nothing(), closed(later, end.minus(TICK)));
    assertEquals("first", assertInstanceOf(KeyStep.Destroy.class, closed(later, end)).kid());
    assertEquals(
        new KeyStep.Nothing(),
        closed(new KeyTimeline(List.of(destroyed(FIRST, end), SECOND)), end.plusSeconds(1)));
    KeyTimeline compromised = new KeyTimeline(List.of(distrusted(FIRST, T0.plusSeconds(5))));
    assertEquals(
        "first",
        assertInstanceOf(KeyStep.Destroy.class, closed(compromised, T0.plusSeconds(5))).kid());
    assertInstanceOf(
        KeyStep.Make.class, next(compromised, T0.plusSeconds(5)), "a new one is more urgent");
  }

  private static KeyStep closed(KeyTimeline timeline, Instant now) {
    return timeline.next(
        new KeyPlan("ES256", DAY, DAY.multipliedBy(90), VERIFY, false), false, now);
  }

  @Test
  void neverGoesBackToTheKeyBeforeADistrustedOne() {
    Instant now = SECOND_SIGNS.plusSeconds(60);
    KeyTimeline timeline = new KeyTimeline(List.of(FIRST, distrusted(SECOND, now)));
    assertEquals(Optional.empty(), timeline.signing(now));
    assertEquals(KeyState.VERIFY_ONLY, timeline.state(FIRST, PLAN, now));
    assertEquals(
        Optional.of(SECOND_SIGNS.plus(VERIFY)),
        timeline.verifiesUntil(FIRST, PLAN),
        "counted from when it stopped signing");
    KeyStep step = next(timeline, now);
    assertEquals(now, assertInstanceOf(KeyStep.Make.class, step).signsFrom(now));
  }

  @Test
  void goesOnSigningWhenTheAnnouncedKeyIsDistrustedOrDestroyed() {
    Instant now = T0.plusSeconds(60);
    for (Key gone : List.of(distrusted(SECOND, now), destroyed(SECOND, now))) {
      KeyTimeline timeline = new KeyTimeline(List.of(FIRST, gone));
      assertEquals(Optional.of(FIRST), timeline.signing(SECOND_SIGNS.plusSeconds(1)));
      assertEquals(Optional.empty(), timeline.verifiesUntil(FIRST, PLAN));
      assertInstanceOf(KeyStep.Make.class, next(timeline, now));
    }
  }

  @Test
  void replacesAnAnnouncedKeyOfAnotherAlgorithmAndDoesNotWaitWithTheNext() {
    KeyPlan other = new KeyPlan("ES384", DAY, DAY.multipliedBy(90), VERIFY, true);
    Instant now = T0.plusSeconds(60);
    assertEquals(
        "second", assertInstanceOf(KeyStep.Destroy.class, BOTH.next(other, false, now)).kid());
    KeyStep step = new KeyTimeline(List.of(FIRST)).next(other, false, now);
    assertEquals(now.plus(DAY), assertInstanceOf(KeyStep.Make.class, step).signsFrom(now));
  }

  @Test
  void bringsAKeyForwardWhenThePeriodsBecomeShorterAndNeverBack() {
    Instant now = T0.plus(DAY.multipliedBy(40));
    KeyPlan shorter = new KeyPlan("ES256", DAY, DAY.multipliedBy(30), VERIFY, true);
    assertEquals(
        new KeyStep.BringForward("second", now.plus(KeyTimeline.NOTICE)),
        BOTH.next(shorter, false, now));
    KeyPlan longer = new KeyPlan("ES256", DAY, DAY.multipliedBy(200), VERIFY, true);
    assertEquals(new KeyStep.Nothing(), BOTH.next(longer, false, now));
  }

  @Test
  void rotatesAsSoonAsVerifiersKnowTheKey() {
    Instant known = SECOND.createdAt().plus(DAY);
    assertEquals(known, BOTH.soonest(SECOND, PLAN, T0.plusSeconds(5)));
    Instant now = T0.plus(DAY.multipliedBy(10));
    assertEquals(now.plus(KeyTimeline.NOTICE), BOTH.soonest(SECOND, PLAN, now));
    assertEquals(
        SECOND_SIGNS, BOTH.soonest(SECOND, PLAN, SECOND_SIGNS.minusSeconds(1)), "not later");
  }
}
