package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The tool's side of the two steps with a TPM; contracts.md has the bodies. The attestation key
/// is made anew each time below the endorsement key, and is never stored.
final class TpmEvidence {
  /// Where makers of TPMs put the certificates of the RSA 2048 and the P-256 endorsement key.
  private static final String RSA_INDEX = "0x1c00002";

  private static final String ECC_INDEX = "0x1c0000a";

  /// What `tpm2_activatecredential` wants at the head of its file: a magic number, and version 1.
  private static final long FILE_HEAD = 0xBADCC0DE_00000001L;

  private final TpmTools tools;

  TpmEvidence(TpmTools tools) {
    this.tools = tools;
  }

  /// `chain`: the issuers of the EK certificate, in PEM, where they are not the realm's anchors.
  Answer offer(AttestationExchange exchange, Instance instance, Optional<byte[]> chain) {
    SequencedMap<String, Object> first = new LinkedHashMap<>();
    first.put("type", "tpm");
    first.put("ek_certificate", base64(endorsement()));
    chain.ifPresent(pem -> first.put("ek_chain", certificates(pem)));
    tools.run(
        "tpm2_createak",
        "-C",
        "ek.ctx",
        "-c",
        "ak.ctx",
        "-G",
        "ecc",
        "-g",
        "sha256",
        "-s",
        "ecdsa",
        "-u",
        "ak.pub",
        "-f",
        "tss");
    flush();
    first.put("ak_public", base64(tools.read("ak.pub")));
    Answer invited = exchange.offer(instance.client(), instance.key(), first);
    if (!invited.isOk()) {
      return invited;
    }
    Invitation invitation = Invitation.of(invited);
    SequencedMap<String, Object> second = new LinkedHashMap<>(first);
    second.put("challenge", invitation.challenge());
    second.put("credential", base64(activated(invitation)));
    quote(invitation, qualifyingData(exchange.realm().issuer(), instance, invitation.challenge()));
    second.put("quote", base64(tools.read("quote.msg")));
    second.put("signature", base64(tools.read("quote.sig")));
    second.put("pcrs", invitation.values(tools.read("quote.pcrs")));
    return exchange.offer(instance.client(), instance.key(), second);
  }

  /// Whom the attestation will be about.
  record Instance(ClientId client, InstanceKey key) {}

  /// The broker's answer to the first step.
  /// Errors: exit 3 on an answer that no broker gives.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Invitation(
      String challenge, byte[] blob, byte[] secret, String bank, List<Integer> registers) {
    static Invitation of(Answer answer) {
      Map<String, Object> members = answer.object();
      Optional<Map<String, Object>> pcrs = Json.asObject(members.get("pcrs"));
      String bank = pcrs.flatMap(of -> Json.string(of, "bank")).orElse("");
      List<Integer> registers = new ArrayList<>();
      if (pcrs.map(of -> of.get("selection")).orElse(null) instanceof List<?> selection) {
        for (Object pcr : selection) {
          if (pcr instanceof Integer number && number >= 0 && number < 32) {
            registers.add(number);
          }
        }
      }
      if (registers.isEmpty() || !List.of("sha256", "sha384", "sha512").contains(bank)) {
        throw answer.failure();
      }
      try {
        return new Invitation(
            Json.string(members, "challenge").orElseThrow(answer::failure),
            decoded(members, "credential_blob", answer),
            decoded(members, "secret", answer),
            bank,
            registers);
      } catch (IllegalArgumentException _) {
        throw answer.failure();
      }
    }

    private static byte[] decoded(Map<String, Object> members, String name, Answer answer) {
      return Base64.getDecoder().decode(Json.string(members, name).orElseThrow(answer::failure));
    }

    /// `sha256:0,7`.
    String selection() {
      return bank + ":" + String.join(",", registers.stream().map(String::valueOf).toList());
    }

    /// The values that the quote is about, one behind the other, taken apart.
    SequencedMap<String, Object> values(byte[] all) {
      int length = Integer.parseInt(bank.substring(3)) / 8;
      if (all.length != registers.size() * length) {
        throw CliFailure.unreachable(
            "the TPM has no bank %s with these PCRs".formatted(selection()));
      }
      SequencedMap<String, Object> values = new LinkedHashMap<>();
      for (int i = 0; i < registers.size(); i++) {
        values.put(
            registers.get(i).toString(),
            HexFormat.of().formatHex(all, i * length, (i + 1) * length));
      }
      return values;
    }
  }

  /// Makes the EK anew (it follows from the TPM's seed) and answers its certificate in DER.
  private byte[] endorsement() {
    boolean rsa = tools.attempt("tpm2_nvread", RSA_INDEX, "-o", "ek.crt").isEmpty();
    if (!rsa) {
      Optional<String> failure = tools.attempt("tpm2_nvread", ECC_INDEX, "-o", "ek.crt");
      if (failure.isPresent()) {
        throw CliFailure.unreachable(
            "no EK certificate can be read from this TPM (%s and %s): %s"
                .formatted(RSA_INDEX, ECC_INDEX, failure.get()));
      }
    }
    flush();
    tools.run("tpm2_createek", "-G", rsa ? "rsa" : "ecc", "-c", "ek.ctx", "-u", "ek.pub");
    flush();
    return withoutPadding(tools.read("ek.crt"));
  }

  /// Some makers fill the rest of the index.
  private static byte[] withoutPadding(byte[] certificate) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(certificate))
          .getEncoded();
    } catch (CertificateException _) {
      throw CliFailure.unreachable("what the TPM has as its EK certificate is none");
    }
  }

  private static List<String> certificates(byte[] pem) {
    try {
      List<String> certificates = new ArrayList<>();
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem))) {
        certificates.add(base64(certificate.getEncoded()));
      }
      return certificates;
    } catch (CertificateException _) {
      throw CliFailure.usage("--ek-chain is not a PEM file of certificates");
    }
  }

  /// The TPM opens the credential only because this AK is in it, beside this EK.
  private byte[] activated(Invitation invitation) {
    byte[] blob = invitation.blob();
    byte[] secret = invitation.secret();
    tools.write(
        "credential.blob",
        ByteBuffer.allocate(8 + blob.length + secret.length)
            .putLong(FILE_HEAD)
            .put(blob)
            .put(secret)
            .array());
    tools.run("tpm2_startauthsession", "--policy-session", "-S", "session.ctx");
    tools.run("tpm2_policysecret", "-S", "session.ctx", "-c", "e");
    tools.run(
        "tpm2_activatecredential",
        "-c",
        "ak.ctx",
        "-C",
        "ek.ctx",
        "-i",
        "credential.blob",
        "-o",
        "credential",
        "-P",
        "session:session.ctx");
    Optional<String> _ = tools.attempt("tpm2_flushcontext", "session.ctx");
    flush();
    return tools.read("credential");
  }

  private void quote(Invitation invitation, byte[] qualifyingData) {
    tools.run(
        "tpm2_quote",
        "-c",
        "ak.ctx",
        "-l",
        invitation.selection(),
        "-q",
        HexFormat.of().formatHex(qualifyingData),
        "-m",
        "quote.msg",
        "-s",
        "quote.sig",
        "-f",
        "tss",
        "-o",
        "quote.pcrs",
        "-F",
        "values",
        "-g",
        "sha256");
    flush();
  }

  /// A TPM without a resource manager has room for three objects; with one, this does nothing.
  private void flush() {
    Optional<String> _ = tools.attempt("tpm2_flushcontext", "-t");
  }

  private static byte[] qualifyingData(String issuer, Instance instance, String challenge) {
    String text =
        String.join(
            "\n",
            "mayfly tpm quote",
            issuer,
            instance.client().value(),
            challenge,
            instance.key().thumbprint().value());
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this JDK has no SHA-256", impossible);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
