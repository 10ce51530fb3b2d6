package dev.mayfly.check;

import dev.mayfly.signature.ContentDigest;
import dev.mayfly.signature.MalformedField;
import java.util.List;
import java.util.Optional;

/// What a signed request says of its content, held against the content where the proxy sends it
/// along. Where it does not, which is the rule, the digest is a claim of the signer: whoever has
/// the content compares it with the digest that the check hands on.
sealed interface RequestDigest {
  record None() implements RequestDigest {}

  record Of(ContentDigest digest) implements RequestDigest {}

  record Refused(ClaimedSignature.Reading.Refused refusal) implements RequestDigest {}

  static RequestDigest of(SignedRequest request) {
    List<String> lines = request.field(ContentDigest.FIELD);
    if (lines.isEmpty()) {
      return request.needsDigest()
          ? refused(Reason.DIGEST_MISSING, "a request with content needs Content-Digest")
          : new None();
    }
    ContentDigest digest;
    try {
      digest = ContentDigest.read(lines);
    } catch (MalformedField malformed) {
      return refused(Reason.DIGEST_WRONG, malformed.getMessage());
    }
    Optional<byte[]> content = request.content();
    return content.isPresent() && !digest.isOf(content.get())
        ? refused(Reason.DIGEST_WRONG, "Content-Digest is of other content")
        : new Of(digest);
  }

  private static RequestDigest refused(Reason reason, String because) {
    return new Refused(new ClaimedSignature.Reading.Refused(reason, because));
  }
}
