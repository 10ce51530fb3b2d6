package dev.mayfly.token;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import java.time.Instant;

record Verified(
    ClientId client,
    GrantId grant,
    String kid,
    JWTClaimsSet claims,
    Instant expiresAt,
    AuthorizationDetails authorizationDetails,
    Origin origin)
    implements VerifiedAccessToken {}
