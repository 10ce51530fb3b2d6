package dev.mayfly.evidence;

import dev.mayfly.evidence.TpmIdentity.Identified;
import dev.mayfly.realm.PcrPolicy;
import dev.mayfly.realm.TpmRule;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/// The second step with a TPM: the credential of the first one, opened by the TPM that has the EK
/// because the AK is in it too; and a quote by that AK over our challenge, the client and the
/// instance key.
///
/// @param challenge that of the first step
/// @param credential what TPM2_ActivateCredential gave
/// @param quote TPMS_ATTEST
/// @param signature TPMT_SIGNATURE
/// @param pcrs the values that the quote is about
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TpmActivation(
    TpmIdentity identity,
    String challenge,
    byte[] credential,
    byte[] quote,
    byte[] signature,
    SortedMap<Integer, byte[]> pcrs)
    implements PlatformEvidence {
  @Override
  public String kind() {
    return TpmRule.KIND;
  }

  /// What the quote has to be over (`qualifyingData`): SHA-256 of five lines. With the instance
  /// key among them, a quote is worth nothing to another instance.
  public static byte[] qualifyingData(String challenge, Circumstances in) {
    return TpmHash.SHA256.digest(
        String.join(
                "\n",
                "mayfly tpm quote",
                in.issuer(),
                in.client().value(),
                challenge,
                in.instance().value())
            .getBytes(StandardCharsets.UTF_8));
  }

  public Appraisal appraise(TpmRule rule, Circumstances in, OwnChallenges challenges) {
    return switch (identity.identify(rule, in)) {
      case Identified.Refused(String because) -> new Appraisal.Refused(rule.name(), because);
      case Identified.Known known ->
          objection(rule, known, in, challenges)
              .<Appraisal>map(because -> new Appraisal.Refused(rule.name(), because))
              .orElseGet(
                  () ->
                      new Appraisal.Accepted(
                          rule,
                          "EK %s AK %s"
                              .formatted(
                                  known.ekDigest(), HexFormat.of().formatHex(known.ak().name())),
                          // The credential and the quote are bound to one instance key already.
                          Optional.empty()));
    };
  }

  private Optional<String> objection(
      TpmRule rule, Identified.Known known, Circumstances in, OwnChallenges challenges) {
    if (!challenges.isFresh(challenge)) {
      return Optional.of("challenge: it is not ours, or no longer fresh");
    }
    boolean activated =
        challenges.secrets(challenge, known.context(in)).stream()
            .anyMatch(secret -> MessageDigest.isEqual(secret, credential));
    if (!activated) {
      return Optional.of("credential: it is not the one for this EK, AK, client and instance key");
    }
    try {
      if (!TpmSignature.verifies(signature, quote, known.ak())) {
        return Optional.of("signature: the AK did not sign the quote");
      }
      TpmQuote quoted = TpmQuote.parse(quote);
      if (!MessageDigest.isEqual(quoted.qualifyingData(), qualifyingData(challenge, in))) {
        return Optional.of("quote: it is over another challenge, client or instance key");
      }
      return registers(rule.pcrs(), quoted, known.ak().signingHash());
    } catch (MalformedEvidence malformed) {
      return Optional.of(malformed.getMessage());
    }
  }

  private Optional<String> registers(PcrPolicy policy, TpmQuote quoted, TpmHash quotedWith) {
    TpmHash bank =
        switch (policy.bank()) {
          case SHA256 -> TpmHash.SHA256;
          case SHA384 -> TpmHash.SHA384;
          case SHA512 -> TpmHash.SHA512;
        };
    if (quoted.bank() != bank.id()
        || !quoted.selection().equals(policy.allowed().keySet())
        || !pcrs.keySet().equals(policy.allowed().keySet())) {
      return Optional.of("pcrs: the quote is about other PCRs than the rule");
    }
    ByteBuffer values = ByteBuffer.allocate(pcrs.size() * bank.length());
    for (Map.Entry<Integer, byte[]> pcr : pcrs.entrySet()) {
      if (pcr.getValue().length != bank.length()) {
        return Optional.of("pcrs: PCR %d is not a value of the bank".formatted(pcr.getKey()));
      }
      values.put(pcr.getValue());
    }
    if (!MessageDigest.isEqual(quotedWith.digest(values.array()), quoted.pcrDigest())) {
      return Optional.of("pcrs: the values are not those of the quote");
    }
    for (Map.Entry<Integer, byte[]> pcr : pcrs.entrySet()) {
      String value = HexFormat.of().formatHex(pcr.getValue());
      if (!policy.allows(pcr.getKey(), value)) {
        return Optional.of("pcrs: PCR %d holds %s".formatted(pcr.getKey(), value));
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return "TpmActivation[redacted]";
  }
}
