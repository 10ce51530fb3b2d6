package dev.mayfly.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;

/// A TLS client with a certificate, or without; it shows it to whoever asks, and remembers
/// whether anybody did.
final class Peer {
  private final Shown shown;
  private final SSLContext tls;
  private final HttpClient client;

  private Peer(Optional<Authority.Identity> identity) {
    shown = new Shown(identity);
    tls = context(shown);
    client = HttpClient.newBuilder().sslContext(tls).build();
  }

  static Peer with(Authority.Identity identity) {
    return new Peer(Optional.of(identity));
  }

  static Peer without() {
    return new Peer(Optional.empty());
  }

  SSLContext tls() {
    return tls;
  }

  boolean wasAsked() {
    return shown.asked;
  }

  record Answer(int status, JsonNode body) {
    String brief() {
      return status + (body.has("error") ? " " + body.get("error").asText() : "");
    }
  }

  /// One form POST; `headers` name, value, name, value.
  Answer post(String url, Map<String, String> form, String... headers) {
    String body =
        form.entrySet().stream()
            .map(
                field ->
                    ToolRequest.encoded(field.getKey())
                        + "="
                        + ToolRequest.encoded(field.getValue()))
            .collect(Collectors.joining("&"));
    var request =
        HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", ToolRequest.FORM)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      var answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(answer.statusCode(), Broker.json(answer.body()));
    } catch (IOException e) {
      throw new AssertionError("no answer from " + url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static SSLContext context(Shown shown) {
    try {
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      KeyStore store = Broker.trustStore();
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new X509ExtendedKeyManager[] {shown}, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Shown extends X509ExtendedKeyManager {
    private final Optional<Authority.Identity> identity;
    private volatile boolean asked;

    private Shown(Optional<Authority.Identity> identity) {
      this.identity = identity;
    }

    private String asked() {
      asked = true;
      return identity.isPresent() ? "own" : null;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return asked();
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return asked();
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return identity.orElseThrow().chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return identity.orElseThrow().keys().getPrivate();
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return null;
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return null;
    }
  }
}
