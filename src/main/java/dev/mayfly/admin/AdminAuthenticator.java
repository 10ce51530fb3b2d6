package dev.mayfly.admin;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import dev.mayfly.jose.CompactJwt;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.DefaultJWTParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.jwt.JsonWebToken;

/// Knows an admin's request by a JWT that the credential file's key signed within the last
/// minute. Why not a bearer secret: the request's header gives nobody who sees it more than a
/// minute.
final class AdminAuthenticator {
  static final String ADMIN = "mayfly-admin-cli";
  private static final int LONGEST_LIFE_SECONDS = 60;
  private static final int SKEW_SECONDS = 5;
  private static final Set<String> TYPE = Set.of("admin+jwt");

  private final DefaultJWTParser parser;
  private final String kid;
  private final Clock clock;

  private AdminAuthenticator(ECKey key, Clock clock) throws JOSEException {
    this.kid = key.getKeyID();
    this.clock = clock;
    JWTAuthContextInfo rules = new JWTAuthContextInfo(key.toECPublicKey(), ADMIN);
    rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.ES256));
    rules.setExpectedAudience(Set.of("mayfly-admin"));
    rules.setRequiredClaims(Set.of("jti", "iat", "exp"));
    rules.setMaxTimeToLiveSecs((long) LONGEST_LIFE_SECONDS);
    rules.setClockSkew(SKEW_SECONDS);
    this.parser = new DefaultJWTParser(rules);
  }

  /// `publicKey`: the file with the public JWK that goes with the credential.
  static AdminAuthenticator of(Path publicKey, Clock clock) {
    try {
      return new AdminAuthenticator(ECKey.parse(Files.readString(publicKey)), clock);
    } catch (IOException | java.text.ParseException | JOSEException e) {
      throw new IllegalStateException("the admin's public key " + publicKey + " cannot be read", e);
    }
  }

  /// Who asks; empty when nobody who may. `authorization`: the values of that header.
  Optional<String> authenticate(List<String> authorization) {
    if (authorization.size() != 1
        || !authorization.getFirst().regionMatches(true, 0, "Bearer ", 0, 7)) {
      return Optional.empty();
    }
    String text = authorization.getFirst().substring(7).strip();
    // What SmallRye JWT does not look at: the kind of JWT, and which key it names.
    if (!(CompactJwt.read(text, TYPE) instanceof CompactJwt.Read.Legible(CompactJwt jwt))
        || !jwt.keyId().equals(Optional.ofNullable(kid))) {
      return Optional.empty();
    }
    try {
      JsonWebToken token = parser.parse(text);
      boolean fromTheFuture =
          token.getIssuedAtTime() > clock.instant().getEpochSecond() + SKEW_SECONDS;
      return Optional.ofNullable(token.getSubject())
          .filter(who -> who.equals(ADMIN) && !fromTheFuture);
    } catch (ParseException | IllegalArgumentException notAnAdmin) {
      return Optional.empty();
    }
  }
}
