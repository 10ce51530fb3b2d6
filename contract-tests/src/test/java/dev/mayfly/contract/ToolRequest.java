package dev.mayfly.contract;

import com.nimbusds.jose.jwk.ECKey;
import io.restassured.response.Response;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// One form POST of a tool. Starts out correct: client authentication, attestation and a fresh
/// proof. A test changes one thing and sends it; a request is sent once.
final class ToolRequest {
  static final String ATTESTATION = "OAuth-Client-Attestation";
  static final String POP = "OAuth-Client-Attestation-PoP";
  static final String CHALLENGE = "OAuth-Client-Attestation-Challenge";
  static final String FORM = "application/x-www-form-urlencoded";

  private final Tool tool;
  private final String endpoint;
  private final List<Field> form = new ArrayList<>();
  private final List<Field> headers = new ArrayList<>();
  private Optional<String> authorization = Optional.empty();
  private Optional<String> assertion = Optional.empty();
  private List<String> attestations;
  private Optional<List<String>> pops = Optional.empty();
  private URI broker = Broker.URL;

  record Field(String name, String value) {}

  ToolRequest(Tool tool, String endpoint) {
    this.tool = tool;
    this.endpoint = endpoint;
    attestations = tool.instance().map(Tool.Instance::attestation).stream().toList();
    switch (tool.credential()) {
      case Tool.Credential.Secret secret -> basic(tool.clientId(), secret.value());
      case Tool.Credential.AssertionKey key ->
          assertion(JwtDraft.clientAssertion(tool.realm(), tool.clientId()).signedBy(key.key()));
      case Tool.Credential.None _ -> with("client_id", tool.clientId());
    }
  }

  /// Adds a parameter, also a second time.
  ToolRequest and(String name, String value) {
    form.add(new Field(name, value));
    return this;
  }

  ToolRequest with(String name, String value) {
    return without(name).and(name, value);
  }

  ToolRequest without(String name) {
    form.removeIf(field -> field.name().equals(name));
    return this;
  }

  ToolRequest header(String name, String value) {
    headers.add(new Field(name, value));
    return this;
  }

  /// RFC 6749 §2.3.1: both parts form-urlencoded, then base64.
  ToolRequest basic(String clientId, String secret) {
    return authorization(basicHeader(encoded(clientId) + ":" + encoded(secret)));
  }

  static String basicHeader(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  ToolRequest authorization(String value) {
    authorization = Optional.of(value);
    return this;
  }

  /// No client authentication at all (the attestation, if there is one, stays).
  ToolRequest unauthenticated() {
    authorization = Optional.empty();
    assertion = Optional.empty();
    return this;
  }

  /// `client_secret_post` instead of the header.
  ToolRequest secretInBody(String clientId, String secret) {
    return unauthenticated().with("client_id", clientId).with("client_secret", secret);
  }

  ToolRequest secretInBody() {
    return secretInBody(tool.clientId(), tool.secret());
  }

  ToolRequest assertion(String jwt) {
    authorization = Optional.empty();
    assertion = Optional.of(jwt);
    return this;
  }

  /// The attestation headers, as many as given.
  ToolRequest attestation(String... values) {
    attestations = List.of(values);
    return this;
  }

  /// The PoP headers, as many as given; without this call one correct and fresh proof.
  ToolRequest pop(String... values) {
    pops = Optional.of(List.of(values));
    return this;
  }

  /// A DPoP proof by this key, for this endpoint, with a fresh nonce.
  ToolRequest dpop(ECKey key) {
    return header("DPoP", dpopDraft(key).signedBy(key));
  }

  JwtDraft dpopDraft(ECKey key) {
    return JwtDraft.dpop(tool.realm().endpoint(endpoint), tool.realm().dpopNonce(), key);
  }

  /// The attestation draft's combined mode: the DPoP proof is the PoP.
  ToolRequest combined() {
    return pop().dpop(tool.key());
  }

  ToolRequest unattested() {
    return attestation().pop();
  }

  ToolRequest at(URI otherBroker) {
    broker = otherBroker;
    return this;
  }

  Response send() {
    var request = Broker.given().contentType(FORM).body(body());
    allHeaders().forEach(field -> request.header(field.name(), field.value()));
    return request.post(url());
  }

  /// The same request for the JDK's client, which keeps connections open and so races better.
  HttpRequest prepared() {
    var request =
        HttpRequest.newBuilder(URI.create(url()))
            .header("Content-Type", FORM)
            .POST(HttpRequest.BodyPublishers.ofString(body()));
    allHeaders().forEach(field -> request.header(field.name(), field.value()));
    return request.build();
  }

  String url() {
    return tool.realm().endpoint(endpoint, broker);
  }

  String body() {
    var fields = new ArrayList<>(form);
    assertion.ifPresent(
        jwt -> {
          fields.add(
              new Field(
                  "client_assertion_type",
                  "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
          fields.add(new Field("client_assertion", jwt));
        });
    return fields.stream()
        .map(field -> encoded(field.name()) + "=" + encoded(field.value()))
        .collect(Collectors.joining("&"));
  }

  List<Field> allHeaders() {
    var all = new ArrayList<>(headers);
    authorization.ifPresent(value -> all.add(new Field("Authorization", value)));
    attestations.forEach(value -> all.add(new Field(ATTESTATION, value)));
    var proofs =
        pops.orElseGet(
            () ->
                tool
                    .instance()
                    .map(instance -> JwtDraft.pop(tool.realm()).signedBy(instance.key()))
                    .stream()
                    .toList());
    proofs.forEach(value -> all.add(new Field(POP, value)));
    return all;
  }

  static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
