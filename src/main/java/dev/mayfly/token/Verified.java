package dev.mayfly.token;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.ScopeSet;
import java.time.Instant;

record Verified(
    ClientId client,
    GrantId grant,
    String kid,
    JWTClaimsSet claims,
    String claimsJson,
    Instant expiresAt,
    ScopeSet scope,
    AuthorizationDetails authorizationDetails,
    Origin origin)
    implements VerifiedAccessToken {}
