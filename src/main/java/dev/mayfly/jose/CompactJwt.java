package dev.mayfly.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Provider;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/// A JWT whose shape, type and algorithm are as expected. Its signature is not verified yet:
/// nothing of it may be believed before [#isSignedBy].
public final class CompactJwt {
  /// What our verifiers accept; `none` and the symmetric algorithms are not among them, so they
  /// need no branch (but see [#readAlsoBySecret]). RFC 8725 §3.1.
  public static final Set<JWSAlgorithm> ALGORITHMS =
      Set.of(JWSAlgorithm.ES256, JWSAlgorithm.PS256, JWSAlgorithm.Ed25519, JWSAlgorithm.EdDSA);

  /// And what a client's own secret makes. Only for [#isMacOf]: no public key verifies it.
  public static final JWSAlgorithm BY_SECRET = JWSAlgorithm.HS256;

  private static final Set<JWSAlgorithm> ALSO_BY_SECRET =
      Stream.concat(ALGORITHMS.stream(), Stream.of(BY_SECRET))
          .collect(Collectors.toUnmodifiableSet());

  /// What our own tokens may be signed with, beside. Only for keys of ours, whose one algorithm is
  /// known: RS256 is no algorithm to accept from others.
  public static final Set<JWSAlgorithm> OWN_ALGORITHMS =
      Set.of(
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.PS256,
          JWSAlgorithm.RS256,
          JWSAlgorithm.Ed25519,
          JWSAlgorithm.EdDSA);

  private static final int LONGEST = 16 * 1024;

  /// The JDK's own P-256 verification costs six times as much as Bouncy Castle's.
  private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

  /// About five kilobytes each.
  static final int MOST_KEPT = 4_000;

  private static final Map<String, CompactJwt> KEPT = new ConcurrentHashMap<>();

  private final String text;
  private final JWSHeader header;
  private final String payload;
  private final JWTClaimsSet claims;
  private final byte[] signature;

  /// Has been found to have made the signature.
  private volatile P256Key signer;

  private CompactJwt(
      String text, JWSHeader header, String payload, JWTClaimsSet claims, byte[] signature) {
    this.text = text;
    this.header = header;
    this.payload = payload;
    this.claims = claims;
    this.signature = signature;
  }

  public sealed interface Read {
    record Legible(CompactJwt jwt) implements Read {}

    /// `because` is for the audit trail.
    record Unreadable(String because) implements Read {}
  }

  /// `types`: the acceptable values of `typ`, lower case and without `application/`; the empty
  /// text stands for an absent one.
  public static Read read(String text, Set<String> types) {
    return read(text, types, ALGORITHMS);
  }

  /// As [#read(String, Set)], for the one place where a client's secret may have made the
  /// signature.
  public static Read readAlsoBySecret(String text, Set<String> types) {
    return read(text, types, ALSO_BY_SECRET);
  }

  /// As [#read(String, Set)], for a JWT that may be our own.
  public static Read readOwn(String text, Set<String> types) {
    return read(text, types, OWN_ALGORITHMS);
  }

  /// As [#readOwn], for a JWT that is shown with request after request: one that was [#keep]t is
  /// not read again, nor is its signature verified again by the same key of P-256. What follows
  /// from the clock, or from what is trusted, is not remembered.
  public static Read readAgain(String text, Set<String> types) {
    CompactJwt kept = KEPT.get(text);
    return kept != null && types.contains(type(kept.header))
        ? new Read.Legible(kept)
        : readOwn(text, types);
  }

  /// Only for what a key that is trusted has signed: nobody else may fill our memory.
  public void keep() {
    if (KEPT.size() >= MOST_KEPT) {
      // Rare enough that reading some again costs less than keeping an order of use.
      KEPT.clear();
    }
    KEPT.putIfAbsent(text, this);
  }

  /// As [#read(String, Set)], for a token of a platform: they sign with RS256 and ES384 too.
  /// Only for [#isSignedByPlatform].
  public static Read readOfPlatform(String text, Set<String> types) {
    return read(text, types, OWN_ALGORITHMS);
  }

  private static Read read(String text, Set<String> types, Set<JWSAlgorithm> algorithms) {
    if (text.length() > LONGEST || !JwsText.isCompact(text)) {
      return new Read.Unreadable("not a compact JWS of at most 16 KiB");
    }
    JWSHeader header;
    String payload;
    JWTClaimsSet claims;
    byte[] signature;
    try {
      header = JwsText.header(text.substring(0, text.indexOf('.')));
      payload = JwsText.object(text.substring(text.indexOf('.') + 1, text.lastIndexOf('.')));
      claims = JWTClaimsSet.parse(payload);
      signature = JwsText.bytes(text.substring(text.lastIndexOf('.') + 1));
    } catch (ParseException | IllegalArgumentException e) {
      return new Read.Unreadable("not a signed JWT");
    }
    if (!types.contains(type(header))) {
      return new Read.Unreadable("a JWT of another type");
    }
    if (!algorithms.contains(header.getAlgorithm())) {
      return new Read.Unreadable("a signature algorithm that is not accepted");
    }
    if (header.getCriticalParams() != null || !header.isBase64URLEncodePayload()) {
      return new Read.Unreadable("a critical header parameter that is not understood");
    }
    return new Read.Legible(new CompactJwt(text, header, payload, claims, signature));
  }

  /// RFC 7515 §4.1.9: a `typ` without `/` is meant with `application/` before it.
  private static String type(JWSHeader header) {
    if (header.getType() == null) {
      return "";
    }
    String type = header.getType().getType().toLowerCase(Locale.ROOT);
    return type.startsWith("application/") ? type.substring("application/".length()) : type;
  }

  /// Whether `key` made the signature. The key decides the algorithm, the header must agree.
  public boolean isSignedBy(JWK key) {
    if (key instanceof OctetKeyPair ed25519) {
      return isSignedByEd25519(ed25519);
    }
    if (key instanceof ECKey ec && algorithm().equals(JWSAlgorithm.ES256)) {
      return isSignedByP256(ec);
    }
    try {
      JWSVerifier verifier = verifier(key);
      if (verifier == null) {
        return false;
      }
      verifier.getJCAContext().setProvider(BOUNCY_CASTLE);
      return verifier.verify(header, signingInput(), Base64URL.encode(signature));
    } catch (JOSEException | IllegalStateException e) {
      return false;
    }
  }

  private boolean isSignedByP256(ECKey key) {
    return (key.getAlgorithm() == null || key.getAlgorithm().equals(JWSAlgorithm.ES256))
        && P256Key.of(key).map(this::isSignedBy).orElse(false);
  }

  private boolean isSignedBy(P256Key key) {
    if (key.equals(signer)) {
      return true;
    }
    if (!key.verifies(signingInput(), signature)) {
      return false;
    }
    signer = key;
    return true;
  }

  /// Whether this key of a platform's issuer made the signature. Where the key names its
  /// algorithm the header must agree; where it names none its type decides: platforms leave `alg`
  /// out, and sign with RS256.
  public boolean isSignedByPlatform(JWK key) {
    if (key.getAlgorithm() != null) {
      return isSignedBy(key);
    }
    return switch (key) {
      case RSAKey rsa -> isSignedBy(new RSAKey.Builder(rsa).algorithm(algorithm()).build());
      case ECKey ec -> isSignedBy(new ECKey.Builder(ec).algorithm(algorithm()).build());
      default -> isSignedBy(key);
    };
  }

  private byte[] signingInput() {
    return text.substring(0, text.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
  }

  private JWSAlgorithm algorithm() {
    return header.getAlgorithm();
  }

  /// Over header and payload as they were signed: SHA-256, base64url.
  public String signedDigest() {
    try {
      return Base64URL.encode(MessageDigest.getInstance("SHA-256").digest(signingInput()))
          .toString();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// Whether its signature is to be a MAC by a shared secret, RFC 7518 §3.2.
  public boolean isBySecret() {
    return header.getAlgorithm().equals(BY_SECRET);
  }

  /// Whether `secret` made the MAC; compared in constant time. False for any other algorithm:
  /// a public key is never taken for a secret.
  public boolean isMacOf(byte[] secret) {
    if (!isBySecret()) {
      return false;
    }
    try {
      Mac hmac = Mac.getInstance("HmacSHA256");
      hmac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return MessageDigest.isEqual(hmac.doFinal(signingInput()), signature);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  /// Whether this very key made the signature: as the header says, and indeed.
  public boolean isSignedByOwn(JWK key) {
    return namesOwn(key) && isSignedBy(key);
  }

  /// Whether the header says that this very key made the signature: by its `kid`, and by exactly
  /// the one algorithm that the key is registered for. Nothing is verified.
  public boolean namesOwn(JWK key) {
    return key.getAlgorithm() != null
        && key.getAlgorithm().equals(header.getAlgorithm())
        && key.getKeyID() != null
        && key.getKeyID().equals(header.getKeyID());
  }

  /// RFC 8037 §3.1 and its later name for the algorithm, RFC 9864 §2.2.
  private boolean isSignedByEd25519(OctetKeyPair key) {
    JWSAlgorithm algorithm = header.getAlgorithm();
    boolean named = algorithm.equals(JWSAlgorithm.EdDSA) || algorithm.equals(JWSAlgorithm.Ed25519);
    byte[] point = key.getDecodedX();
    if (!named || !key.getCurve().equals(Curve.Ed25519) || point.length != 32) {
      return false;
    }
    Ed25519PublicKeyParameters publicKey;
    try {
      publicKey = new Ed25519PublicKeyParameters(point);
    } catch (IllegalArgumentException notOnTheCurve) {
      return false;
    }
    Ed25519Signer verifier = new Ed25519Signer();
    verifier.init(false, publicKey);
    byte[] input = signingInput();
    verifier.update(input, 0, input.length);
    return verifier.verifySignature(signature);
  }

  private JWSVerifier verifier(JWK key) throws JOSEException {
    JWSAlgorithm algorithm = header.getAlgorithm();
    if (key.getAlgorithm() != null && !key.getAlgorithm().equals(algorithm)) {
      return null;
    }
    return switch (key) {
      case ECKey ec
          when ec.getCurve().equals(Curve.P_384)
              && algorithm.equals(JWSAlgorithm.ES384)
              && algorithm.equals(key.getAlgorithm()) ->
          new ECDSAVerifier(ec.toECPublicKey());
      case RSAKey rsa when algorithm.equals(JWSAlgorithm.PS256) && rsa.size() >= 2048 ->
          new RSASSAVerifier(rsa.toRSAPublicKey());
      // Only by a key that is registered for it.
      case RSAKey rsa
          when algorithm.equals(JWSAlgorithm.RS256)
              && algorithm.equals(key.getAlgorithm())
              && rsa.size() >= 2048 ->
          new RSASSAVerifier(rsa.toRSAPublicKey());
      default -> null;
    };
  }

  /// The JSON text that was signed.
  public String payload() {
    return payload;
  }

  public JWTClaimsSet claims() {
    return claims;
  }

  public Optional<String> keyId() {
    return Optional.ofNullable(header.getKeyID());
  }

  public JWSHeader header() {
    return header;
  }

  /// A claim that must be a text; empty when it is absent or something else.
  public Optional<String> text(String claim) {
    return claims.getClaim(claim) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  public Optional<Instant> issuedAt() {
    return Optional.ofNullable(claims.getIssueTime()).map(Date::toInstant);
  }

  public Optional<Instant> expiresAt() {
    return Optional.ofNullable(claims.getExpirationTime()).map(Date::toInstant);
  }

  public Optional<Instant> notBefore() {
    return Optional.ofNullable(claims.getNotBeforeTime()).map(Date::toInstant);
  }

  /// Whether `aud` is this one value: a string, or an array of one.
  public boolean isMeantOnlyFor(String audience) {
    return claims.getAudience().size() == 1 && claims.getAudience().getFirst().equals(audience);
  }

  @Override
  public String toString() {
    return "CompactJwt[redacted]";
  }
}
