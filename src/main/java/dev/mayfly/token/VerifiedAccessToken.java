package dev.mayfly.token;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;

/// An access token that we signed. Only [AccessTokenVerifier] makes one. Whether its grant still
/// lives is another question.
public sealed interface VerifiedAccessToken permits Verified {
  ClientId client();

  GrantId grant();

  /// The name of the key that signed it.
  String kid();

  JWTClaimsSet claims();

  /// The claims as they were signed: a JSON object of ours.
  String claimsJson();

  Instant expiresAt();

  ScopeSet scope();

  /// As granted; none where the token has none.
  AuthorizationDetails authorizationDetails();

  Origin origin();
}
