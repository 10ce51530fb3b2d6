package dev.mayfly.faults;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.text.ParseException;
import java.util.UUID;

/// What a received access token says of itself.
record AccessToken(String jti, UUID grant) {
  static AccessToken read(String jwt) {
    try {
      JWTClaimsSet claims = SignedJWT.parse(jwt).getJWTClaimsSet();
      return new AccessToken(claims.getJWTID(), UUID.fromString(claims.getStringClaim("grant_id")));
    } catch (ParseException e) {
      throw new AssertionError("an access token that is no JWT was received", e);
    }
  }
}
