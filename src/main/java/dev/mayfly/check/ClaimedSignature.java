package dev.mayfly.check;

import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.RealmName;
import dev.mayfly.signature.VerificationKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/// A signature over a request, of which everything has been checked but whether the key of that
/// name made it. Both schemes end here.
///
/// @param base what is signed
/// @param algorithm what the signature says of its algorithm, where it says something
/// @param contentDigest what it covers of the content, as `Content-Digest` writes it
@SuppressWarnings("ArrayRecordComponent") // never compared
record ClaimedSignature(
    String keyid,
    String nonce,
    Instant created,
    String base,
    byte[] signature,
    Optional<String> algorithm,
    Optional<String> contentDigest) {
  /// A signature is accepted from this long after it was made, inclusive.
  static final Duration PAST = Duration.ofSeconds(30);

  /// And from this long before, inclusive: clocks differ.
  static final Duration FUTURE = Duration.ofSeconds(5);

  /// 96 bits are 16 characters of base64. How random they are nobody can see.
  private static final Pattern NONCE = Pattern.compile("[A-Za-z0-9._~+/=-]{16,128}");

  private static final Pattern KEYID = Pattern.compile("[A-Za-z0-9._~-]{1,128}");

  /// What a header holds.
  sealed interface Reading {
    /// No signature that concerns us.
    record Absent() implements Reading {}

    /// `because` may be shown to the client.
    record Refused(Reason reason, String because) implements Reading {}

    record Legible(ClaimedSignature signature) implements Reading {}

    static Refused invalid(String because) {
      return new Refused(Reason.SIGNATURE_INVALID, because);
    }
  }

  static boolean isNonce(String text) {
    return NONCE.matcher(text).matches();
  }

  static boolean isKeyid(String text) {
    return KEYID.matcher(text).matches();
  }

  /// `now` as exact as `created` is. Empty when the window is kept.
  static Optional<Reading> objection(Instant created, Instant now) {
    if (created.plus(PAST).isBefore(now)) {
      return Optional.of(
          new Reading.Refused(
              Reason.SIGNATURE_OUTSIDE_WINDOW, "the signature is older than 30 seconds"));
    }
    return created.isAfter(now.plus(FUTURE))
        ? Optional.of(
            new Reading.Refused(
                Reason.SIGNATURE_OUTSIDE_WINDOW,
                "the signature is more than 5 seconds from the future"))
        : Optional.empty();
  }

  /// The key decides the algorithm; what the signature says has to agree, RFC 9421 §3.2.
  boolean isBy(VerificationKey key) {
    return algorithm.map(key.algorithm()::equals).orElse(true)
        && key.made(signature, base.getBytes(StandardCharsets.US_ASCII));
  }

  /// A nonce is good once for a key; two clients may have given their keys one name.
  ReplayMark mark(RealmName realm, ClientId client) {
    return ReplayMark.of(
        "request_signature",
        realm.value(),
        client + "\n" + keyid,
        nonce,
        created.plus(PAST).plus(FUTURE));
  }
}
