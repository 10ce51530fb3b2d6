package dev.mayfly.registry;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mayfly.ledger.Registration.Digests;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class KnownSecretsTest {
  private static final UUID ID = UUID.fromString("6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b");
  private static final Digests KEPT = new Digests("mac-1", "a digest", Optional.of("a print"));

  private final KnownSecrets known = new KnownSecrets();

  @Test
  void knowsWhatItHasSeenAndNothingElse() {
    assertFalse(known.has(ID, KEPT, "ms_right"));
    known.keep(ID, KEPT, "ms_right");
    assertTrue(known.has(ID, KEPT, "ms_right"));
    assertFalse(known.has(ID, KEPT, "ms_wrong"));
    assertFalse(known.has(ID, KEPT, ""));
    assertFalse(known.has(UUID.randomUUID(), KEPT, "ms_right"));
  }

  /// It was hashed anew under another key, or the row is another one's now.
  @Test
  void forgetsASecretWhoseDigestHasChanged() {
    known.keep(ID, KEPT, "ms_right");
    assertFalse(known.has(ID, new Digests("mac-2", "a digest", KEPT.fingerprint()), "ms_right"));
    assertFalse(known.has(ID, new Digests("mac-1", "another", KEPT.fingerprint()), "ms_right"));
  }

  @Test
  void anotherProcessKnowsNothingOfIt() {
    known.keep(ID, KEPT, "ms_right");
    assertFalse(new KnownSecrets().has(ID, KEPT, "ms_right"));
  }

  @Test
  void holdsABoundedNumber() {
    known.keep(ID, KEPT, "ms_right");
    for (int i = 1; i <= KnownSecrets.MOST; i++) {
      known.keep(UUID.randomUUID(), KEPT, "ms_other");
    }
    assertFalse(known.has(ID, KEPT, "ms_right"), "it went when there was no room");
  }
}
