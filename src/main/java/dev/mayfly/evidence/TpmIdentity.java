package dev.mayfly.evidence;

import dev.mayfly.realm.TpmRule;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The first step with a TPM: which one it is (its EK certificate, with issuers), and the
/// attestation key that should be in it. What both have to do with each other is shown in the
/// second step only.
///
/// @param akPublic a TPM2B_PUBLIC
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TpmIdentity(byte[] ekCertificate, List<byte[]> ekChain, byte[] akPublic)
    implements Evidence {
  /// The purpose of an EK certificate; TCG EK Credential Profile.
  private static final String EK_CERTIFICATE = "2.23.133.8.1";

  public TpmIdentity {
    ekChain = List.copyOf(ekChain);
  }

  @Override
  public String kind() {
    return TpmRule.KIND;
  }

  /// A credential for the second step, or why there is none.
  public sealed interface Invitation {
    /// `blob` and `secret` are what TPM2_ActivateCredential takes.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Invited(TpmRule rule, byte[] blob, byte[] secret) implements Invitation {
      @Override
      public String toString() {
        return "Invited[redacted]";
      }
    }

    record Refused(String because) implements Invitation {}
  }

  /// The TPM that a rule knows, and the key that is claimed to be in it.
  sealed interface Identified {
    record Known(X509Certificate ek, String ekDigest, TpmPublic ak) implements Identified {
      /// What the secret of a credential depends on, beside its challenge: whose it is.
      byte[] context(Circumstances in) {
        return String.join(
                "\n",
                "tpm credential",
                in.client().value(),
                in.instance().value(),
                ekDigest,
                HexFormat.of().formatHex(ak.name()))
            .getBytes(StandardCharsets.UTF_8);
      }
    }

    record Refused(String because) implements Identified {}
  }

  /// By the first of the rules that knows the TPM. `challenge` is fresh.
  public Invitation invite(
      List<TpmRule> rules, String challenge, Circumstances in, OwnChallenges challenges) {
    List<String> objections = new ArrayList<>();
    for (TpmRule rule : rules) {
      switch (identify(rule, in)) {
        case Identified.Refused(String because) -> objections.add(rule.name() + ": " + because);
        case Identified.Known known -> {
          byte[] secret = challenges.secrets(challenge, known.context(in)).getFirst();
          TpmCredential made =
              TpmCredential.make(known.ek().getPublicKey(), known.ak().name(), secret);
          return new Invitation.Invited(rule, made.blob(), made.secret());
        }
      }
    }
    return new Invitation.Refused(
        objections.isEmpty()
            ? "no rule of this kind counts for the client"
            : String.join("; ", objections));
  }

  Identified identify(TpmRule rule, Circumstances in) {
    try {
      X509Certificate ek = EvidenceChain.certificate("ek_certificate", ekCertificate);
      List<X509Certificate> issuers = new ArrayList<>();
      for (byte[] issuer : ekChain) {
        issuers.add(EvidenceChain.certificate("ek_chain", issuer));
      }
      TpmPublic ak = TpmPublic.parse(akPublic);
      String digest =
          HexFormat.of().formatHex(TpmHash.SHA256.digest(ek.getPublicKey().getEncoded()));
      return EvidenceChain.objection(ek, issuers, rule.anchors(), in.now())
          .or(() -> endorsement(ek))
          .map(because -> "ek_certificate: " + because)
          .or(() -> listed(rule, digest))
          .or(ak::objection)
          .<Identified>map(Identified.Refused::new)
          .orElseGet(() -> new Identified.Known(ek, digest, ak));
    } catch (MalformedEvidence malformed) {
      return new Identified.Refused(malformed.getMessage());
    }
  }

  /// A maker of TPMs signs other certificates too, and keys that decrypt and those that sign.
  private static Optional<String> endorsement(X509Certificate ek) {
    try {
      if (ek.getExtendedKeyUsage() == null || !ek.getExtendedKeyUsage().contains(EK_CERTIFICATE)) {
        return Optional.of("it is not for an endorsement key (2.23.133.8.1)");
      }
    } catch (CertificateParsingException malformed) {
      return Optional.of("its purposes are not legible");
    }
    boolean[] usage = ek.getKeyUsage();
    if (usage != null && !usage[2] && !usage[4]) {
      return Optional.of("its key neither decrypts nor agrees on keys");
    }
    return TpmCredential.suits(ek.getPublicKey())
        ? Optional.empty()
        : Optional.of("its key is of a kind that no template has");
  }

  private static Optional<String> listed(TpmRule rule, String digest) {
    return rule.endorsementKeys().isEmpty() || rule.endorsementKeys().contains(digest)
        ? Optional.empty()
        : Optional.of("ek_sha256: %s is not listed".formatted(digest));
  }
}
