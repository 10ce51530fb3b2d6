package dev.mayfly.check;

import com.nimbusds.jose.jwk.JWK;
import dev.mayfly.check.ClaimedSignature.Reading;
import dev.mayfly.ledger.ReplayMark;
import dev.mayfly.realm.ClientConfig;
import dev.mayfly.realm.RequestSigning;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.Arrivals.Arrival;
import dev.mayfly.signature.VerificationKey;
import dev.mayfly.token.RequestSigningKeys;
import dev.mayfly.token.VerifiedAccessToken;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.Optional;

/// The signature over a request, from its header fields to a verdict on it.
@ApplicationScoped
class SignatureGate {
  private final RequestSigningKeys shared;

  @Inject
  SignatureGate(RequestSigningKeys shared) {
    this.shared = shared;
  }

  sealed interface Result {
    /// `mark` must be claimed before the request may pass.
    record Accepted(ReplayMark mark, Optional<String> contentDigest) implements Result {}

    record Refused(Reason reason, String because) implements Result {}
  }

  /// Whether there is anything that wants to be a signature of ours.
  static boolean isSigned(SignedRequest request, Instant now) {
    return !(read(request, now) instanceof Reading.Absent);
  }

  private static Reading read(SignedRequest request, Instant now) {
    if (!PlainSignature.isIn(request)) {
      return MessageSignature.isIn(request)
          ? MessageSignature.read(request, now)
          : new Reading.Absent();
    }
    // Of two kinds one could be somebody else's.
    return MessageSignature.isIn(request)
        ? Reading.invalid("signatures of two kinds")
        : PlainSignature.read(request, now);
  }

  /// Errors: those of the HSM, from which a shared key may have to be derived.
  Uni<Result> verify(Arrival.At at, SignedRequest request, VerifiedAccessToken token) {
    return switch (read(request, at.facts().received())) {
      case Reading.Absent _ ->
          refused(Reason.SIGNATURE_MISSING, "this route needs a signature over the request");
      case Reading.Refused(Reason reason, String because) -> refused(reason, because);
      case Reading.Legible(ClaimedSignature signature) ->
          key(at.realm(), token, signature.keyid()).map(key -> result(at, token, signature, key));
    };
  }

  private static Result result(
      Arrival.At at,
      VerifiedAccessToken token,
      ClaimedSignature signature,
      Optional<VerificationKey> key) {
    if (key.isEmpty()) {
      return new Result.Refused(
          Reason.SIGNATURE_INVALID, "keyid is no key that this client and grant sign with");
    }
    return signature.isBy(key.get())
        ? new Result.Accepted(
            signature.mark(at.realm().name(), token.client()), signature.contentDigest())
        : new Result.Refused(
            Reason.SIGNATURE_INVALID,
            "the key did not make this signature over the request as it arrived, or is for another"
                + " algorithm");
  }

  /// Of the client's registration first; a shared key has its grant's name.
  private Uni<Optional<VerificationKey>> key(
      AppliedRealm realm, VerifiedAccessToken token, String keyid) {
    Optional<RequestSigning> signing =
        realm.client(token.client()).flatMap(ClientConfig::requestSigning);
    Optional<JWK> registered = signing.flatMap(keys -> keys.key(keyid));
    if (registered.isPresent()) {
      return Uni.createFrom()
          .item(
              registered
                  .filter(key -> !realm.retired().contains(key))
                  .flatMap(VerificationKey::of));
    }
    return signing.filter(RequestSigning::hmac).isPresent()
        ? shared
            .find(keyid, token.grant(), token.expiresAt())
            .map(key -> key.map(VerificationKey.Hmac::new))
        : Uni.createFrom().item(Optional.empty());
  }

  private static Uni<Result> refused(Reason reason, String because) {
    return Uni.createFrom().item(new Result.Refused(reason, because));
  }
}
