package dev.mayfly.check;

import dev.mayfly.check.ClaimedSignature.Reading;
import dev.mayfly.signature.ContentDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The plain scheme for tools without a library for RFC 9421: HMAC-SHA256 over nine lines, in four
/// header fields. `src/docs/request-signing.md` specifies it. Its names do not begin with
/// `X-Mayfly-`: proxies take those from every request.
final class PlainSignature {
  /// The first line: no text that is signed here can be a signature base of RFC 9421, which begins
  /// with a quotation mark.
  private static final String FIRST_LINE = "mayfly-hmac-v1";

  private static final String KEYID = "Mayfly-Keyid";
  private static final String TIMESTAMP = "Mayfly-Timestamp";
  private static final String NONCE = "Mayfly-Nonce";
  private static final String SIGNATURE = "Mayfly-Signature";
  private static final List<String> FIELDS = List.of(KEYID, TIMESTAMP, NONCE, SIGNATURE);

  private static final Pattern MILLISECONDS = Pattern.compile("[1-9][0-9]{12}");
  private static final Pattern VISIBLE = Pattern.compile("[!-~]*");
  private static final Pattern HMAC = Pattern.compile("[0-9a-f]{64}");

  private PlainSignature() {}

  static boolean isIn(SignedRequest request) {
    return FIELDS.stream().anyMatch(request::has);
  }

  static Reading read(SignedRequest request, Instant now) {
    Optional<String> keyid = only(request, KEYID).filter(ClaimedSignature::isKeyid);
    Optional<String> timestamp = only(request, TIMESTAMP).filter(MILLISECONDS.asMatchPredicate());
    Optional<String> nonce = only(request, NONCE).filter(ClaimedSignature::isNonce);
    Optional<String> signature = only(request, SIGNATURE).filter(HMAC.asMatchPredicate());
    if (Stream.of(keyid, timestamp, nonce, signature).anyMatch(Optional::isEmpty)) {
      return Reading.invalid(
          "Mayfly-Keyid, Mayfly-Timestamp (milliseconds), Mayfly-Nonce (16 to 128 characters) and"
              + " Mayfly-Signature (64 hexadecimal digits, lower case) each stand once");
    }
    if (request.authority().isEmpty()) {
      return Reading.invalid("the proxy does not say for which host the request was");
    }
    if (!VISIBLE.matcher(request.query()).matches()) {
      return Reading.invalid("the query is not ASCII");
    }
    RequestDigest digest = RequestDigest.of(request);
    if (digest instanceof RequestDigest.Refused(Reading.Refused refusal)) {
      return refusal;
    }
    Optional<String> sha256 = covered(digest).sha256();
    if (sha256.isEmpty()) {
      return new Reading.Refused(Reason.DIGEST_WRONG, "Content-Digest has no sha-256");
    }
    Instant created = Instant.ofEpochMilli(Long.parseLong(timestamp.get()));
    Optional<Reading> late = ClaimedSignature.objection(created, now);
    return late.orElseGet(
        () ->
            new Reading.Legible(
                new ClaimedSignature(
                    keyid.get(),
                    nonce.get(),
                    created,
                    text(timestamp.get(), nonce.get(), sha256.get(), request),
                    HexFormat.of().parseHex(signature.get()),
                    Optional.of("hmac-sha256"),
                    Optional.of("sha-256=:" + sha256.get() + ":"))));
  }

  /// Without the field the signature says that there is no content.
  private static ContentDigest covered(RequestDigest digest) {
    return digest instanceof RequestDigest.Of(ContentDigest sent)
        ? sent
        : ContentDigest.sha256Of(new byte[0]);
  }

  /// Nine lines with an end of line between two of them: none of the values can hold one, so no
  /// two requests have one text.
  private static String text(String timestamp, String nonce, String sha256, SignedRequest request) {
    return String.join(
        "\n",
        FIRST_LINE,
        timestamp,
        nonce,
        request.method(),
        request.authority().orElseThrow(),
        request.path(),
        request.query(),
        sha256,
        request.token());
  }

  private static Optional<String> only(SignedRequest request, String field) {
    List<String> lines = request.field(field);
    return lines.size() == 1 ? Optional.of(lines.getFirst()) : Optional.empty();
  }
}
