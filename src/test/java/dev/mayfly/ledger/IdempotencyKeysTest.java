package dev.mayfly.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.ledger.IdempotencyKeys.Asked;
import dev.mayfly.ledger.IdempotencyKeys.Claim;
import dev.mayfly.ledger.IdempotencyKeys.End;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a key that was used before means.
class IdempotencyKeysTest {
  private static final Instant BEGUN = Instant.parse("2026-11-22T17:00:00Z");
  private static final Asked ASKED = new Asked("name/ann", "k", "print");
  private static final End END = new End(200, Optional.of("{}"), Optional.empty(), false);

  private static Claim decide(String fingerprint, Optional<End> end, Instant now) {
    return IdempotencyKeys.decide(ASKED, fingerprint, BEGUN, end, now);
  }

  @Test
  void anotherRequestIsAnotherWhateverBecameOfTheFirst() {
    assertEquals(new Claim.OfAnother(), decide("other", Optional.empty(), BEGUN));
    assertEquals(new Claim.OfAnother(), decide("other", Optional.of(END), BEGUN));
  }

  @Test
  void anActThatEndedHasEndedHoweverLongItTook() {
    Instant later = BEGUN.plus(IdempotencyKeys.PATIENCE).plusSeconds(1);
    assertEquals(new Claim.Ended(BEGUN, END), decide("print", Optional.of(END), BEGUN));
    assertEquals(new Claim.Ended(BEGUN, END), decide("print", Optional.of(END), later));
  }

  @Test
  void oneThatDoesNotEndIsUnderWayUntilNobodyKnows() {
    Instant end = BEGUN.plus(IdempotencyKeys.PATIENCE);
    assertEquals(new Claim.UnderWay(), decide("print", Optional.empty(), end.minusNanos(1)));
    assertEquals(new Claim.Unknown(BEGUN), decide("print", Optional.empty(), end));
    assertEquals(new Claim.Unknown(BEGUN), decide("print", Optional.empty(), end.plusNanos(1)));
  }
}
