package dev.mayfly.registration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import dev.mayfly.jose.CompactJwt;
import dev.mayfly.realm.RegistrationPolicy;
import dev.mayfly.realm.RegistrationPolicy.StatementIssuer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// What somebody whom the realm believes says of a piece of software, RFC 7591 §2.3.
record SoftwareStatement(String issuer, ObjectNode claims) {
  private static final Duration SKEW = Duration.ofSeconds(60);

  /// The standard leaves the type open, and whether there is one.
  private static final Set<String> TYPES = Set.of("", "jwt", "software-statement+jwt");

  /// Claims that are of the statement itself and not of a client.
  private static final Set<String> OWN =
      Set.of("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "software_statement");

  sealed interface Reading {
    record Believed(SoftwareStatement statement) implements Reading {}

    record Refused(RegistrationError error, String because) implements Reading {}
  }

  static Reading read(String text, RegistrationPolicy policy, Instant now) {
    if (!(CompactJwt.read(text, TYPES) instanceof CompactJwt.Read.Legible(CompactJwt jwt))) {
      return invalid("the software statement is no signed JWT");
    }
    Optional<StatementIssuer> issuer = jwt.text("iss").flatMap(policy::statementIssuer);
    if (issuer.isEmpty()) {
      return new Reading.Refused(
          RegistrationError.UNAPPROVED_SOFTWARE_STATEMENT,
          "the software statement is of nobody whom this realm believes");
    }
    if (issuer.get().keys().stream().noneMatch(jwt::isSignedBy)) {
      return invalid("the signature of the software statement does not verify");
    }
    if (jwt.expiresAt().filter(end -> !now.isBefore(end.plus(SKEW))).isPresent()
        || jwt.notBefore().filter(begin -> begin.isAfter(now.plus(SKEW))).isPresent()) {
      return invalid("the software statement has expired, or is not valid yet");
    }
    ObjectNode claims = Answers.JSON.createObjectNode();
    JsonNode all = Answers.JSON.valueToTree(jwt.claims().toJSONObject());
    all.properties().stream()
        .filter(claim -> !OWN.contains(claim.getKey()))
        .forEach(claim -> claims.set(claim.getKey(), claim.getValue()));
    return new Reading.Believed(new SoftwareStatement(issuer.get().issuer(), claims));
  }

  private static Reading invalid(String because) {
    return new Reading.Refused(RegistrationError.INVALID_SOFTWARE_STATEMENT, because);
  }
}
