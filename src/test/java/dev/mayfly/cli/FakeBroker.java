package dev.mayfly.cli;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Answers like a broker, for tests of the command line only: it keeps no state worth the name.
/// Where it checks a proof, Nimbus is the judge, and a bad one is refused with the reason.
final class FakeBroker implements AutoCloseable {
  static final String SECRET = "s3cret-Of_trading.bot";
  static final String JOIN_SECRET = "join-me-once";

  record Seen(String method, String path, Map<String, List<String>> headers, String body) {
    Optional<String> header(String name) {
      List<String> values = headers.get(name);
      return values == null ? Optional.empty() : Optional.of(values.getFirst());
    }

    Map<String, String> form() {
      return Arrays.stream(body.split("&"))
          .map(pair -> pair.split("=", 2))
          .collect(
              Collectors.toMap(
                  pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
    }
  }

  record Reply(int status, Map<String, String> headers, String body) {
    static Reply json(int status, String body) {
      return new Reply(status, Map.of(), body);
    }
  }

  final List<Seen> seen = new CopyOnWriteArrayList<>();

  /// Answers to give at a path before the usual one.
  private final Map<String, ConcurrentLinkedDeque<Reply>> scripted = new ConcurrentHashMap<>();

  private final ECKey attester = new ECKeyGenerator(Curve.P_256).keyID("attester-1").generate();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpsServer https;
  private final HttpServer management;
  private final String certificate;
  private final AtomicInteger challenges = new AtomicInteger();
  private final AtomicInteger tokens = new AtomicInteger();

  FakeBroker() throws Exception {
    InetAddress loopback = InetAddress.getByName("localhost");
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    X509Certificate selfSigned = selfSigned(pair);
    certificate = pem(selfSigned);
    https = HttpsServer.create(new InetSocketAddress(loopback, 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(context(pair, selfSigned)));
    management = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    for (HttpServer server : List.of(https, management)) {
      server.createContext("/", this::handle);
      server.setExecutor(threads);
      server.start();
    }
  }

  String url() {
    return "https://localhost:" + https.getAddress().getPort();
  }

  String managementUrl() {
    return "http://127.0.0.1:" + management.getAddress().getPort();
  }

  String issuer() {
    return url() + "/realms/nevocoin";
  }

  String certificate() {
    return certificate;
  }

  /// Answers the next request at this path, once.
  void script(String path, Reply reply) {
    scripted.computeIfAbsent(path, _ -> new ConcurrentLinkedDeque<>()).add(reply);
  }

  List<Seen> seenAt(String path) {
    return seen.stream().filter(request -> request.path().equals(path)).toList();
  }

  String attestation(ECKey instanceKey, Instant expiry) throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .type(new JOSEObjectType("oauth-client-attestation+jwt"))
                .keyID("attester-1")
                .build(),
            new JWTClaimsSet.Builder()
                .subject("trading-bot")
                .expirationTime(Date.from(expiry))
                .claim("cnf", Map.of("jwk", instanceKey.toPublicJWK().toJSONObject()))
                .build());
    jwt.sign(new ECDSASigner(attester));
    return jwt.serialize();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      Seen request =
          new Seen(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              exchange.getRequestHeaders(),
              body);
      seen.add(request);
      Reply reply = reply(request);
      reply.headers().forEach(exchange.getResponseHeaders()::add);
      byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(bytes);
      }
    }
  }

  private Reply reply(Seen request) {
    var waiting = scripted.get(request.path());
    Reply first = waiting == null ? null : waiting.poll();
    if (first != null) {
      return first;
    }
    try {
      return switch (request.path()) {
        case "/.well-known/oauth-authorization-server/realms/nevocoin" -> metadata();
        case "/realms/nevocoin/challenge" -> challenge();
        case "/realms/nevocoin/token" -> token(request);
        case "/realms/nevocoin/attest" -> attest(request);
        default -> Reply.json(404, "{\"title\":\"Not Found\",\"detail\":\"no such thing\"}");
      };
    } catch (Exception wrong) {
      return refusal(400, "invalid_client_attestation", String.valueOf(wrong.getMessage()));
    }
  }

  private Reply metadata() {
    return Reply.json(
        200,
        """
        {"issuer":"%1$s","token_endpoint":"%1$s/token","challenge_endpoint":"%1$s/challenge",
         "token_endpoint_auth_methods_supported":["client_secret_basic"]}
        """
            .formatted(issuer()));
  }

  private Reply challenge() {
    int count = challenges.incrementAndGet();
    return new Reply(
        200,
        Map.of("DPoP-Nonce", "nonce-" + count, "Cache-Control", "no-store"),
        "{\"attestation_challenge\":\"challenge-%d\"}".formatted(count));
  }

  private Reply token(Seen request) throws Exception {
    String basic =
        Base64.getEncoder()
            .encodeToString(("trading-bot:" + SECRET).getBytes(StandardCharsets.UTF_8));
    if (!request.header("Authorization").equals(Optional.of("Basic " + basic))) {
      return refusal(401, "invalid_client", "wrong secret");
    }
    Optional<String> attestation = request.header("OAuth-Client-Attestation");
    if (attestation.isPresent()) {
      SignedJWT attested = SignedJWT.parse(attestation.get());
      require(attested.verify(new ECDSAVerifier(attester.toECPublicKey())), "attestation");
      ECKey instanceKey =
          ECKey.parse(map(attested.getJWTClaimsSet().getJSONObjectClaim("cnf").get("jwk")));
      if (request.header("DPoP").isPresent()) {
        Optional<Reply> refusal = judgeDpop(request, "/token", instanceKey);
        if (refusal.isPresent()) {
          return refusal.get();
        }
      } else {
        judge(request.header("OAuth-Client-Attestation-PoP").orElseThrow(), instanceKey);
      }
    }
    Map<String, String> form = request.form();
    if ("refresh_token".equals(form.get("grant_type"))
        && !("refresh-" + tokens).equals(form.get("refresh_token"))) {
      return refusal(400, "invalid_grant", "not the refresh token");
    }
    return new Reply(
        200,
        Map.of("Cache-Control", "no-store"),
        """
        {"access_token":"%s","token_type":"%s","expires_in":900,"scope":"%s",\
        "refresh_token":"refresh-%d"}"""
            .formatted(
                accessToken(),
                request.header("DPoP").isPresent() ? "DPoP" : "Bearer",
                form.getOrDefault("scope", "orders:read"),
                tokens.incrementAndGet()));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private void judge(String proof, ECKey instanceKey) throws Exception {
    SignedJWT pop = SignedJWT.parse(proof);
    JWTClaimsSet claims = pop.getJWTClaimsSet();
    require(pop.verify(new ECDSAVerifier(instanceKey)), "signature of the PoP");
    require(
        pop.getHeader().getType().getType().equals("oauth-client-attestation-pop+jwt"),
        "typ of the PoP");
    require(claims.getAudience().equals(List.of(issuer())), "aud of the PoP");
    require(claims.getJWTID().length() >= 16, "jti of the PoP");
    require(claims.getIssueTime() != null, "iat of the PoP");
    require(
        claims.getStringClaim("challenge").equals("challenge-" + challenges),
        "challenge of the PoP");
  }

  private Reply attest(Seen request) throws Exception {
    ECKey key =
        (ECKey) SignedJWT.parse(request.header("DPoP").orElseThrow()).getHeader().getJWK();
    Optional<Reply> refusal = judgeDpop(request, "/attest", key);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    if (request.body().contains("\"join_secret\":") && !request.body().contains(JOIN_SECRET)) {
      return refusal(401, "invalid_client", "wrong join secret");
    }
    return Reply.json(
        200,
        "{\"client_attestation\":\"%s\",\"expires_in\":86400}"
            .formatted(attestation(key, CliHome.NOW.plusSeconds(86_400))));
  }

  private Optional<Reply> judgeDpop(Seen request, String endpoint, ECKey key) throws Exception {
    SignedJWT proof = SignedJWT.parse(request.header("DPoP").orElseThrow());
    require(
        proof.getHeader().getJWK().computeThumbprint().equals(key.computeThumbprint()),
        "key of the DPoP proof");
    JWTClaimsSet claims = proof.getJWTClaimsSet();
    require(proof.verify(new ECDSAVerifier(key)), "signature of the DPoP proof");
    require(proof.getHeader().getType().getType().equals("dpop+jwt"), "typ of the DPoP proof");
    require(!proof.getHeader().getJWK().isPrivate(), "jwk of the DPoP proof");
    require(claims.getStringClaim("htm").equals("POST"), "htm");
    require(claims.getStringClaim("htu").equals(issuer() + endpoint), "htu");
    if (!("nonce-" + challenges).equals(claims.getStringClaim("nonce"))) {
      return Optional.of(refusal(400, "use_dpop_nonce", "nonce"));
    }
    return Optional.empty();
  }

  private String accessToken() throws Exception {
    SignedJWT jwt =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).type(new JOSEObjectType("at+jwt")).build(),
            new JWTClaimsSet.Builder()
                .issuer(issuer())
                .claim("scope", "orders:write")
                .expirationTime(Date.from(CliHome.NOW.plusSeconds(899)))
                .build());
    jwt.sign(new ECDSASigner(attester));
    return jwt.serialize();
  }

  static Reply refusal(int status, String error, String description) {
    return Reply.json(
        status, "{\"error\":\"%s\",\"error_description\":\"%s\"}".formatted(error, description));
  }

  private static void require(boolean right, String what) {
    if (!right) {
      throw new IllegalArgumentException("wrong " + what);
    }
  }

  private static X509Certificate selfSigned(KeyPair pair) throws Exception {
    X500Name name = new X500Name("CN=localhost");
    Instant now = Instant.now();
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            Date.from(now.minusSeconds(60)),
            Date.from(now.plusSeconds(3600)),
            name,
            pair.getPublic());
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(GeneralName.dNSName, "localhost")));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  private static String pem(X509Certificate certificate) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
      pem.writeObject(certificate);
    }
    return text.toString();
  }

  private static SSLContext context(KeyPair pair, X509Certificate certificate) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", pair.getPrivate(), new char[0], new X509Certificate[] {certificate});
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  @Override
  public void close() {
    https.stop(0);
    management.stop(0);
    threads.shutdownNow();
  }
}
