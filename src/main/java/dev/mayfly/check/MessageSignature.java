package dev.mayfly.check;

import dev.mayfly.check.ClaimedSignature.Reading;
import dev.mayfly.signature.ContentDigest;
import dev.mayfly.signature.MalformedField;
import dev.mayfly.signature.SignatureBase;
import dev.mayfly.signature.SignatureInput;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A signature by RFC 9421 after our profile `xrq-v1`: exactly one signature with that tag (others
/// are somebody else's matter), over all that makes the request what it is, for seconds, and once.
/// RFC 9421 §3.2.1 leaves these rules to the application.
final class MessageSignature {
  static final String TAG = "xrq-v1";

  /// Always covered.
  private static final List<String> REQUEST = List.of("@method", "@authority", "@path", "@query");

  /// Covered where they are sent: the token, so that a signature is not good for another one, the
  /// proof, and what the content is.
  private static final List<String> WHERE_SENT =
      List.of("authorization", "dpop", "content-type", "content-digest");

  private static final Duration LONGEST_LIFE = Duration.ofSeconds(60);

  private MessageSignature() {}

  static boolean isIn(SignedRequest request) {
    return request.has(SignatureInput.FIELD) || request.has("Signature");
  }

  static Reading read(SignedRequest request, Instant now) {
    Map<String, SignatureInput> inputs;
    Map<String, byte[]> signatures;
    try {
      inputs = SignatureInput.read(request.field(SignatureInput.FIELD));
      signatures = SignatureInput.signatures(request.field("Signature"));
    } catch (MalformedField malformed) {
      return Reading.invalid(malformed.getMessage());
    }
    if (!inputs.keySet().equals(signatures.keySet())) {
      return Reading.invalid("a label stands in only one of Signature-Input and Signature");
    }
    List<String> ours =
        inputs.keySet().stream()
            .filter(label -> inputs.get(label).text("tag").equals(Optional.of(TAG)))
            .toList();
    return switch (ours.size()) {
      case 0 -> new Reading.Absent();
      case 1 -> read(inputs.get(ours.getFirst()), signatures.get(ours.getFirst()), request, now);
      default -> Reading.invalid("more than one signature has the tag " + TAG);
    };
  }

  private static Reading read(
      SignatureInput input, byte[] signature, SignedRequest request, Instant now) {
    Optional<String> missing = missing(input, request);
    if (missing.isPresent()) {
      return Reading.invalid("the signature does not cover " + missing.get());
    }
    RequestDigest digest = RequestDigest.of(request);
    if (digest instanceof RequestDigest.Refused(Reading.Refused refusal)) {
      return refusal;
    }
    Optional<Instant> created = input.time("created");
    Optional<String> nonce = input.text("nonce").filter(ClaimedSignature::isNonce);
    Optional<String> keyid = input.text("keyid").filter(ClaimedSignature::isKeyid);
    if (created.isEmpty() || nonce.isEmpty() || keyid.isEmpty()) {
      return Reading.invalid(
          "created, a nonce of 16 to 128 characters and keyid are parameters of the signature");
    }
    if (isNoText(input, "alg")) {
      return Reading.invalid("alg is no text");
    }
    Optional<Reading> late = lateness(input, created.get(), now);
    if (late.isPresent()) {
      return late.get();
    }
    try {
      return new Reading.Legible(
          new ClaimedSignature(
              keyid.get(),
              nonce.get(),
              created.get(),
              SignatureBase.of(input, request),
              signature,
              input.text("alg"),
              digest instanceof RequestDigest.Of(ContentDigest covered)
                  ? Optional.of(covered.toString())
                  : Optional.empty()));
    } catch (MalformedField malformed) {
      return Reading.invalid(malformed.getMessage());
    }
  }

  /// What must be covered and is not. One line each of what is signed where it is sent: of two
  /// nobody knows which one the API goes by.
  private static Optional<String> missing(SignatureInput input, SignedRequest request) {
    List<String> needed = new ArrayList<>(REQUEST);
    for (String field : WHERE_SENT) {
      int lines = request.field(field).size();
      if (lines > 1 && !field.equals("content-digest")) {
        return Optional.of(field + ", which stands twice");
      }
      if (lines > 0) {
        needed.add(field);
      }
    }
    return needed.stream().filter(name -> !input.covers(name)).findFirst();
  }

  private static boolean isNoText(SignatureInput input, String parameter) {
    return input.parameters().containsKey(parameter) && input.text(parameter).isEmpty();
  }

  /// `created` and `expires` have whole seconds.
  private static Optional<Reading> lateness(SignatureInput input, Instant created, Instant now) {
    Instant second = now.truncatedTo(ChronoUnit.SECONDS);
    if (input.parameters().containsKey("expires")) {
      Optional<Instant> expires = input.time("expires");
      if (expires.isEmpty() || expires.get().isAfter(created.plus(LONGEST_LIFE))) {
        return Optional.of(Reading.invalid("expires is at most 60 seconds after created"));
      }
      if (!second.isBefore(expires.get())) {
        return Optional.of(
            new Reading.Refused(Reason.SIGNATURE_OUTSIDE_WINDOW, "the signature has expired"));
      }
    }
    return ClaimedSignature.objection(created, second);
  }

  /// `Accept-Signature`, RFC 9421 §5.1: what a signature over this request has to cover.
  static String accepted(SignedRequest request) {
    List<String> components = new ArrayList<>(REQUEST);
    for (String field : WHERE_SENT) {
      boolean content = field.equals("content-digest") && request.needsDigest();
      if (content || request.has(field)) {
        components.add(field);
      }
    }
    return "xrq=(%s);created;tag=\"%s\""
        .formatted(
            String.join(" ", components.stream().map(name -> "\"" + name + "\"").toList()), TAG);
  }
}
