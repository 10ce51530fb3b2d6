package dev.mayfly.evidence;

import dev.mayfly.jose.PublicKeys;
import dev.mayfly.oauth.JwkThumbprint;
import dev.mayfly.realm.AwsNitroRule;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An attestation document of an AWS Nitro Enclave. Its `nonce` is a challenge of ours; its
/// `public_key` is the instance key (SubjectPublicKeyInfo), or else its `user_data` is the
/// instance key's thumbprint.
@SuppressWarnings("ArrayRecordComponent") // never compared
public record NitroAttestation(byte[] document) implements PlatformEvidence {
  /// How far the document's time may be from ours: the life of a challenge, and clocks that
  /// differ.
  private static final Duration WINDOW = Duration.ofMinutes(6);

  @Override
  public String kind() {
    return AwsNitroRule.KIND;
  }

  public Appraisal appraise(AwsNitroRule rule, Circumstances in, OwnChallenges challenges) {
    NitroDocument read;
    try {
      read = NitroDocument.parse(document);
    } catch (MalformedEvidence malformed) {
      return new Appraisal.Refused(rule.name(), malformed.getMessage());
    }
    return trust(rule, read, in)
        .or(() -> binding(read, in, challenges))
        .or(() -> registers(rule, read))
        .<Appraisal>map(because -> new Appraisal.Refused(rule.name(), because))
        .orElseGet(() -> new Appraisal.Accepted(rule, read.moduleId(), Optional.empty()));
  }

  private static Optional<String> trust(AwsNitroRule rule, NitroDocument read, Circumstances in) {
    if (Duration.between(read.timestamp(), in.now()).abs().compareTo(WINDOW) > 0) {
      return Optional.of("timestamp: it is not of these minutes");
    }
    // From the root downwards there, from the leaf upwards here.
    List<X509Certificate> issuers = read.cabundle().reversed();
    Optional<String> untrusted =
        EvidenceChain.objection(read.certificate(), issuers, rule.anchors(), read.timestamp());
    if (untrusted.isPresent()) {
      return untrusted.map(because -> "certificate: " + because);
    }
    boolean[] usage = read.certificate().getKeyUsage();
    if (usage != null && !usage[0]) {
      return Optional.of("certificate: its key may not sign");
    }
    return read.isSigned()
        ? Optional.empty()
        : Optional.of("signature: the certificate's key did not sign the document");
  }

  private static Optional<String> binding(
      NitroDocument read, Circumstances in, OwnChallenges challenges) {
    String challenge =
        read.nonce().map(nonce -> new String(nonce, StandardCharsets.ISO_8859_1)).orElse("");
    if (!challenges.isFresh(challenge)) {
      return Optional.of("nonce: it is no challenge of ours, or no longer fresh");
    }
    boolean bound =
        read.publicKey().flatMap(NitroAttestation::thumbprint).equals(Optional.of(in.instance()))
            || read.userData()
                .map(data -> new String(data, StandardCharsets.ISO_8859_1))
                .equals(Optional.of(in.instance().value()));
    return bound
        ? Optional.empty()
        : Optional.of("public_key: neither it nor user_data is the instance key");
  }

  private static Optional<JwkThumbprint> thumbprint(byte[] subjectPublicKeyInfo) {
    try {
      return Optional.of(
          new JwkThumbprint(
              PublicKeys.thumbprint(
                  KeyFactory.getInstance("EC")
                      .generatePublic(new X509EncodedKeySpec(subjectPublicKeyInfo)))));
    } catch (GeneralSecurityException | IllegalArgumentException noSuchKey) {
      return Optional.empty();
    }
  }

  private static Optional<String> registers(AwsNitroRule rule, NitroDocument read) {
    for (Map.Entry<Integer, List<String>> pcr : rule.pcrs().allowed().entrySet()) {
      byte[] value = read.pcrs().get(pcr.getKey());
      if (value == null) {
        return Optional.of("pcrs: PCR %d is not in the document".formatted(pcr.getKey()));
      }
      String digits = HexFormat.of().formatHex(value);
      if (!pcr.getValue().contains(digits)) {
        return Optional.of("pcrs: PCR %d holds %s".formatted(pcr.getKey(), digits));
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return "NitroAttestation[%d bytes]".formatted(document.length);
  }
}
