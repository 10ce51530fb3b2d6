package dev.mayfly.check;

import dev.mayfly.http.RequestFacts;
import dev.mayfly.network.Location;
import dev.mayfly.oauth.GrantId;
import dev.mayfly.realm.CheckPolicy.Route;
import dev.mayfly.realm.PathTemplate;
import dev.mayfly.registry.AppliedRealm;
import dev.mayfly.registry.TestRealm;
import dev.mayfly.token.AccessTokenVerifier;
import dev.mayfly.token.IssuedTokens;
import dev.mayfly.token.VerifiedAccessToken;
import io.netty.util.NetUtil;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The ordered checks of a request with a token that is known, and the route alone, in a realm
/// with few routes and with many.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class VerdictLoop {
  private static final AccessTokenVerifier VERIFIER = new AccessTokenVerifier(new IssuedTokens());
  private static final Instant NOW = Instant.parse("2026-09-02T17:59:59Z");
  private static final String PATH = "/v1/orders/42";

  @Param({"4", "200"})
  public int routes;

  private AppliedRealm realm;
  private VerifiedAccessToken token;
  private RequestFacts facts;
  private OriginalRequest request;

  @Setup
  public void make() {
    String more =
        IntStream.range(1, routes)
            .mapToObj(
                "    - {path: \"/v1/other%d/{id}\", methods: [GET], scope: read}\n"::formatted)
            .collect(Collectors.joining());
    realm =
        TestRealm.of(
            """
            realm: test
            audiences: ["https://api.example/"]
            scopes:
              read: {minimum_attestation: none}
            policy:
              networks: [192.0.2.0/24]
              countries: [GB, IE]
              hours: {zone: UTC, days: [wed], from: "08:00", to: "18:00"}
            check:
              routes:
            %s    - {path: "/v1/orders/{id}", methods: [GET], scope: read}
            clients:
              - client_id: bot
                token_endpoint_auth_methods: [client_secret_basic]
                attestation: none
                scopes: [read]
            """
                .formatted(more));
    String claims =
        """
        {"iss":"%s","client_id":"bot","grant_id":"%s","iat":%d,"exp":4000000000,"jti":"j","scope":"read",
         "aud":"https://api.example/","issued_country":"GB"}
        """
            .formatted(TestRealm.ISSUER, GrantId.at(Instant.now()), NOW.getEpochSecond() - 60);
    String text = realm.accessTokenKeys().sign("at+jwt", claims).await().indefinitely();
    token = VERIFIER.verify(text, realm, NOW).orElseThrow();
    facts =
        new RequestFacts(
            realm.name(),
            NetUtil.createInetAddressFromIpAddressString("192.0.2.7"),
            new Location.Known("GB"),
            NOW,
            "request");
    request =
        new OriginalRequest(
            "GET",
            PATH,
            Optional.empty(),
            PathTemplate.segments(PATH),
            Optional.empty(),
            Optional.of(new OriginalRequest.Credentials("bearer", text)));
    if (!(verdict() instanceof Verdict.Allow)) {
      throw new IllegalStateException("it must pass: " + verdict());
    }
  }

  @Benchmark
  public Verdict verdict() {
    return new RequestCheck(realm, facts, request, token).decide(_ -> false, _ -> Optional.empty());
  }

  @Benchmark
  public Optional<Route> route() {
    List<String> segments = PathTemplate.segments(PATH);
    return realm.config().check().route("GET", segments);
  }
}
