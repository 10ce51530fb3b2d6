package dev.mayfly.cli;

import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.JwkThumbprint;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// SVIDs with their keys, from the files into which a SPIFFE agent or a helper of it wrote them.
/// Errors: exit 3 on a file that is not what it should be; nothing of a key is ever shown.
final class SvidFiles {
  private static final int LONGEST_CHAIN = 5;

  private SvidFiles() {}

  /// The key of a WIT-SVID, which is the instance key: a private JWK, as the Workload API has it.
  static InstanceKey witKey(String file) {
    try {
      return EcPrivateJwk.of(Json.object(text(file)));
    } catch (Json.JsonMalformed | IllegalArgumentException _) {
      throw CliFailure.unreachable("%s does not hold a private JWK on P-256".formatted(file));
    }
  }

  /// What the key of an X.509-SVID says of an instance key; contracts.md has its claims.
  ///
  /// @param issuer of the realm
  /// @param client as whom the instance is to be attested
  /// @param challenge of the broker
  record Statement(String issuer, ClientId client, JwkThumbprint instance, String challenge) {}

  /// The SVID in PEM, its own certificate first, and its key in PEM (PKCS#8).
  static String x509Proof(String svidFile, String keyFile, Statement statement) {
    List<Certificate> chain = chain(svidFile);
    boolean rsa =
        switch (chain.getFirst().getPublicKey()) {
          case ECPublicKey ec when ec.getParams().getOrder().bitLength() == 256 -> false;
          case RSAPublicKey _ -> true;
          default ->
              throw CliFailure.unreachable(
                  "the key of %s is neither EC P-256 nor RSA".formatted(svidFile));
        };
    SequencedMap<String, Object> header = new LinkedHashMap<>();
    header.put("typ", "mayfly-svid-proof+jwt");
    header.put("alg", rsa ? "PS256" : "ES256");
    header.put("x5c", chain.stream().map(SvidFiles::base64).toList());
    SequencedMap<String, Object> claims = new LinkedHashMap<>();
    claims.put("aud", statement.issuer());
    claims.put("sub", statement.client().value());
    claims.put("challenge", statement.challenge());
    SequencedMap<String, Object> cnf = new LinkedHashMap<>();
    cnf.put("jkt", statement.instance().value());
    claims.put("cnf", cnf);
    String input = base64Url(Json.compact(header)) + "." + base64Url(Json.compact(claims));
    byte[] signature = sign(privateKey(keyFile, rsa), rsa, input, keyFile);
    return input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  private static String text(String file) {
    return HomeFiles.read(Path.of(file), "name the file that the SPIFFE agent wrote");
  }

  private static List<Certificate> chain(String file) {
    try {
      List<Certificate> chain =
          new ArrayList<>(
              CertificateFactory.getInstance("X.509")
                  .generateCertificates(
                      new ByteArrayInputStream(text(file).getBytes(StandardCharsets.US_ASCII))));
      if (!chain.isEmpty() && chain.size() <= LONGEST_CHAIN) {
        return chain;
      }
    } catch (CertificateException _) {
      // Said below: it is wrong in the same way as a file without any.
    }
    throw CliFailure.unreachable("%s does not hold 1 to 5 certificates in PEM".formatted(file));
  }

  private static PrivateKey privateKey(String file, boolean rsa) {
    String pem = text(file);
    String begin = "-----BEGIN PRIVATE KEY-----";
    int from = pem.indexOf(begin);
    int to = pem.indexOf("-----END PRIVATE KEY-----");
    if (from >= 0 && to > from) {
      try {
        byte[] der =
            Base64.getDecoder()
                .decode(pem.substring(from + begin.length(), to).replaceAll("\\s", ""));
        return KeyFactory.getInstance(rsa ? "RSA" : "EC")
            .generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException | IllegalArgumentException _) {
        // Said below.
      }
    }
    throw CliFailure.unreachable("%s does not hold the SVID's private key in PEM".formatted(file));
  }

  private static byte[] sign(PrivateKey key, boolean rsa, String input, String file) {
    try {
      Signature signature =
          Signature.getInstance(rsa ? "RSASSA-PSS" : "SHA256withECDSAinP1363Format");
      if (rsa) {
        signature.setParameter(
            new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
      }
      signature.initSign(key);
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException _) {
      throw CliFailure.unreachable("the key in %s cannot sign".formatted(file));
    }
  }

  private static String base64(Certificate certificate) {
    try {
      return Base64.getEncoder().encodeToString(certificate.getEncoded());
    } catch (CertificateException e) {
      throw new IllegalStateException("a certificate that was decoded can be encoded", e);
    }
  }

  private static String base64Url(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
