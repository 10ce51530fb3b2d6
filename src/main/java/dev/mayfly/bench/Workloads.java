package dev.mayfly.bench;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The requests of issue and check, as tools and proxies make them. The bench stands behind a
/// trusted proxy's address, so each request says where it is from.
final class Workloads {
  private static final String REALM = "/realms/" + BenchRealm.NAME;
  private static final String API = "https://api.bench.example";
  private static final String ORDER = "/v1/orders/42";
  private static final String SIGNED = "/v1/signed/42";
  private static final int GRANTS = 256;
  private static final int MOST_PROOFS = 40_000;
  private static final int MOST_GRANTS = 6_000;

  private final BenchRealm realm;
  private final Load load;
  private final Proofs proofs;
  private final ECKey dpopKey;
  private final Clock clock;

  /// `issuer`: as the broker calls itself, whatever address it is measured at.
  Workloads(BenchRealm realm, Load load, URI issuer, Clock clock) {
    this.realm = realm;
    this.load = load;
    this.clock = clock;
    this.proofs = new Proofs(clock, issuer + REALM);
    try {
      this.dpopKey = new ECKeyGenerator(Curve.P_256).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  List<Workload> all() {
    return List.of(
        Workload.same("token-secret", "client_credentials, client_secret_basic", this::bySecret),
        Workload.fresh(
            "token-key", "client_credentials, private_key_jwt", MOST_PROOFS, this::byAssertion),
        attested(),
        refresh(),
        introspection(),
        revocation(),
        mixed(),
        checkBearer(),
        checkDpop(),
        checkHmac());
  }

  /// Those whose cost may depend on how much there is.
  List<Workload> ofGrowth() {
    return those("token-secret", "refresh", "introspection", "check-bearer");
  }

  /// Those whose cost may depend on how many brokers share it.
  List<Workload> ofReplicas() {
    return those("token-secret", "refresh", "revocation", "check-bearer", "check-dpop");
  }

  private List<Workload> those(String... names) {
    Set<String> wanted = Set.of(names);
    return all().stream().filter(workload -> wanted.contains(workload.name())).toList();
  }

  private static Ask post(String path, String form, Consumer<String> answered, String... headers) {
    List<String> all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("X-Forwarded-For", "127.0.0.9"));
    all.addAll(List.of("Content-Type", "application/x-www-form-urlencoded"));
    return new Ask(REALM + path, all, Optional.of(form), answered);
  }

  private static final String WANTED = "grant_type=client_credentials&scope=orders%3Aread";

  private Ask bySecret() {
    return token(WANTED, Workloads::nothing);
  }

  private Ask token(String form, Consumer<String> answered) {
    return post("/token", form, answered, "Authorization", realm.basic("secret"));
  }

  private Ask byAssertion() {
    return post(
        "/token",
        WANTED
            + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
            + "&client_assertion="
            + proofs.assertion(realm.privateKey(), "key"),
        Workloads::nothing);
  }

  private Workload attested() {
    return Workload.all(
        "token-attested",
        "client_credentials, client_secret_basic and attestation PoP",
        MOST_PROOFS,
        count -> {
          ECKey key = realm.instanceKey();
          String attestation = realm.attestation();
          String authorization = realm.basic("attested");
          String challenge = challenge();
          return Stream.generate(
                  () ->
                      post(
                          "/token",
                          "grant_type=client_credentials&scope=orders%3Awrite",
                          Workloads::nothing,
                          "Authorization",
                          authorization,
                          "OAuth-Client-Attestation",
                          attestation,
                          "OAuth-Client-Attestation-PoP",
                          proofs.attestationPop(key, challenge)))
              .limit(count)
              .toList();
        });
  }

  /// Each grant's next request is made of the answer to its last.
  private Workload refresh() {
    return new Workload(
        "refresh",
        "refresh_token, rotation, client_secret_basic",
        Integer.MAX_VALUE,
        _ -> {
          ConcurrentLinkedQueue<String> tokens = new ConcurrentLinkedQueue<>();
          opened(GRANTS).forEach(answer -> tokens.add(member(answer, "refresh_token")));
          return () ->
              Optional.ofNullable(tokens.poll())
                  .map(
                      refresh ->
                          token(
                              "grant_type=refresh_token&refresh_token=" + encoded(refresh),
                              answer -> tokens.add(member(answer, "refresh_token"))));
        });
  }

  private Workload introspection() {
    return Workload.same(
        "introspection",
        "a live access token, by a resource server",
        () ->
            post(
                "/introspect",
                "token=" + accessToken(),
                Workloads::nothing,
                "Authorization",
                realm.basic("api")));
  }

  private Ask revoke(String token) {
    return post(
        "/revoke", "token=" + token, Workloads::nothing, "Authorization", realm.basic("secret"));
  }

  private Workload revocation() {
    return Workload.all(
        "revocation",
        "of a live grant by its access token",
        MOST_GRANTS,
        count ->
            opened(count).stream().map(answer -> revoke(member(answer, "access_token"))).toList());
  }

  /// Every other request revokes what an earlier one was given.
  private Workload mixed() {
    return new Workload(
        "mixed",
        "token-secret and the revocation of its grant in turn",
        Integer.MAX_VALUE,
        _ -> {
          ConcurrentLinkedQueue<String> live = new ConcurrentLinkedQueue<>();
          return () ->
              Optional.of(
                  Optional.ofNullable(live.poll())
                      .map(this::revoke)
                      .orElseGet(
                          () -> token(WANTED, answer -> live.add(member(answer, "access_token")))));
        });
  }

  /// Of everything something, as a day has it; each request can be made at any time.
  Workload everyday() {
    return new Workload(
        "everyday",
        "tokens, refreshes, introspections, checks and revocations in turn",
        Integer.MAX_VALUE,
        _ -> {
          List<Supplier<Optional<Ask>>> kinds =
              Stream.of(refresh(), introspection(), checkBearer(), mixed(), checkHmac(), mixed())
                  .map(kind -> kind.prepare().apply(1))
                  .toList();
          int[] next = {0};
          // One of which nothing is ready at the moment is passed over.
          return () ->
              Stream.generate(() -> kinds.get(next[0]++ % kinds.size()).get())
                  .limit(kinds.size())
                  .flatMap(Optional::stream)
                  .findFirst();
        });
  }

  private static Ask check(String authorization, String... more) {
    return checkOf(ORDER, authorization, more);
  }

  private static Ask checkOf(String uri, String authorization, String... more) {
    List<String> headers = new ArrayList<>(List.of(more));
    headers.addAll(
        List.of(
            "Authorization",
            authorization,
            "X-Forwarded-Method",
            "GET",
            "X-Forwarded-Uri",
            uri,
            "X-Forwarded-Proto",
            "https",
            "X-Forwarded-Host",
            "api.bench.example"));
    headers.addAll(List.of("X-Forwarded-For", "127.0.0.9"));
    return new Ask(REALM + "/check", headers, Optional.empty(), Workloads::nothing);
  }

  private Workload checkBearer() {
    return Workload.same(
        "check-bearer", "the verdict on a bearer token", () -> check("Bearer " + accessToken()));
  }

  private Workload checkDpop() {
    return Workload.all(
        "check-dpop",
        "the verdict on a token with a DPoP proof",
        MOST_PROOFS,
        count -> {
          String nonce = challenge();
          String token = member(one(dpopToken(nonce)), "access_token");
          return Stream.generate(
                  () ->
                      check(
                          "DPoP " + token,
                          "DPoP",
                          proofs.dpop(dpopKey, "GET", API + ORDER, nonce, token)))
              .limit(count)
              .toList();
        });
  }

  /// By the plain scheme of `src/docs/request-signing.md`.
  private Workload checkHmac() {
    return new Workload(
        "check-hmac",
        "the verdict on a request with an HMAC signature",
        Integer.MAX_VALUE,
        _ -> {
          String granted = one(answered -> load.send(List.of(signersToken(answered))));
          String token = member(granted, "access_token");
          PlainSigner signer =
              new PlainSigner(
                  clock,
                  member(granted, "request_signing_key"),
                  member(granted, "request_signing_keyid"),
                  token);
          return () ->
              Optional.of(checkOf(SIGNED, "Bearer " + token, signer.sign("GET", API, SIGNED)));
        });
  }

  private Ask signersToken(Consumer<String> answered) {
    return post("/token", WANTED, answered, "Authorization", realm.basic("signer"));
  }

  private Consumer<Consumer<String>> dpopToken(String nonce) {
    String proof = proofs.dpop(dpopKey, "POST", proofs.issuer() + "/token", nonce, "");
    return answered ->
        load.send(
            List.of(
                post(
                    "/token",
                    WANTED,
                    answered,
                    "Authorization",
                    realm.basic("secret"),
                    "DPoP",
                    proof)));
  }

  private String accessToken() {
    return member(opened(1).getFirst(), "access_token");
  }

  private String challenge() {
    return member(
        one(answered -> load.send(List.of(post("/challenge", "", answered)))),
        "attestation_challenge");
  }

  /// That many token responses, asked for beside the measurement.
  private List<String> opened(int count) {
    ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
    Ask ask = token(WANTED, answers::add);
    load.send(Collections.nCopies(count, ask));
    return List.copyOf(answers);
  }

  private static String one(Consumer<Consumer<String>> exchange) {
    ConcurrentLinkedQueue<String> answers = new ConcurrentLinkedQueue<>();
    exchange.accept(answers::add);
    return answers.remove();
  }

  private static void nothing(String body) {}

  /// A text member of a flat JSON object.
  static String member(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]+)\"").matcher(json);
    if (!found.find()) {
      throw new BenchException("no " + name + " in the answer");
    }
    return found.group(1);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
