package dev.mayfly.token;

import dev.mayfly.oauth.Access;
import dev.mayfly.oauth.AuthorizationDetails;
import dev.mayfly.oauth.ClientId;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.oauth.Jti;
import dev.mayfly.oauth.ScopeSet;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// From the claims of an access token to its text, and back. The key is one in memory, of the JDK:
/// what an HSM takes is measured by `./mayfly bench hsm`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class ClaimsLoop {
  private static final AccessTokenVerifier VERIFIER = new AccessTokenVerifier(new IssuedTokens());
  private static final Instant NOW = Instant.ofEpochSecond(1_790_000_000);

  private final AppliedRealm realm =
      TestRealm.of(
          """
          realm: test
          audiences: ["https://api.example/"]
          scopes:
            read: {minimum_attestation: none}
          clients:
            - client_id: bot
              token_endpoint_auth_methods: [client_secret_basic]
              attestation: none
              scopes: [read]
          """);
  private final AccessTokenClaims claims =
      new AccessTokenClaims(
          TestRealm.ISSUER,
          new ClientId("bot"),
          new Access(
              ScopeSet.parse("read"), List.of("https://api.example/"), AuthorizationDetails.NONE),
          new Jti("0b7a5a6e-6f5c-4f0c-9a53-0d2a6a3cfb0c"),
          NOW,
          NOW.plusSeconds(900),
          GrantId.parse("00000000-0000-4000-8000-000000000001"),
          "none",
          "none",
          TokenType.BEARER,
          Optional.empty(),
          "192.0.2.7",
          Optional.of("GB"),
          List.of("192.0.2.0/24"),
          List.of("GB", "IE"),
          Optional.empty());
  private final String token = toJws();

  @Benchmark
  public String toJson() {
    return claims.toJson();
  }

  @Benchmark
  public final String toJws() {
    return realm.accessTokenKeys().sign("at+jwt", claims.toJson()).await().indefinitely();
  }

  @Benchmark
  public Optional<VerifiedAccessToken> verify() {
    return VERIFIER.verify(token, realm, NOW);
  }
}
