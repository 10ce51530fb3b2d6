package dev.mayfly.token;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import java.time.Instant;

record Verified(ClientId client, GrantId grant, String kid, JWTClaimsSet claims, Instant expiresAt)
    implements VerifiedAccessToken {}
