package dev.mayfly.contract;

import static io.restassured.RestAssured.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.config.RedirectConfig;
import io.restassured.config.RestAssuredConfig;
import io.restassured.config.SSLConfig;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// The broker under test: where it listens, what it signs its TLS with, where its home is.
final class Broker {
  static final ObjectMapper JSON = new ObjectMapper();
  static final List<URI> URLS =
      List.of(setting("mayfly.urls", "https://localhost:8443").split(",")).stream()
          .map(url -> URI.create(url.strip().replaceAll("/$", "")))
          .toList();
  static final URI URL = URLS.getFirst();
  static final URI MANAGEMENT =
      URI.create(setting("mayfly.management-url", "http://localhost:9000"));
  static final Path HOME =
      Path.of(setting("mayfly.home", "../.mayfly")).toAbsolutePath().normalize();
  static final int ROUNDS = Integer.parseInt(setting("contract.rounds", "5"));

  private static final KeyStore TRUST = trust();
  static final SSLContext TLS = tls();
  private static final RestAssuredConfig CONFIG =
      config()
          .sslConfig(SSLConfig.sslConfig().trustStore(TRUST))
          .redirect(RedirectConfig.redirectConfig().followRedirects(false))
          .encoderConfig(
              EncoderConfig.encoderConfig()
                  .appendDefaultContentCharsetToContentTypeIfUndefined(false)
                  .encodeContentTypeAs("application/x-www-form-urlencoded", ContentType.TEXT));

  private Broker() {}

  private static String setting(String name, String otherwise) {
    String value = System.getProperty(name, "");
    return value.isBlank() || value.startsWith("${") ? otherwise : value;
  }

  static Path caCertificate() {
    return HOME.resolve("tls/ca.crt");
  }

  /// A request to the broker; every answer passes [Decency].
  static RequestSpecification given() {
    return RestAssured.given().config(CONFIG).urlEncodingEnabled(false).filter(new Decency());
  }

  /// A file of the home as JSON.
  static JsonNode read(String file) {
    try {
      return JSON.readTree(Files.readString(HOME.resolve(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read " + file + " of the broker's home " + HOME + " (-Dmayfly.home)", e);
    }
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException("not JSON: " + text, e);
    }
  }

  static KeyStore trustStore() {
    return TRUST;
  }

  private static KeyStore trust() {
    try (InputStream ca = Files.newInputStream(caCertificate())) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "broker-ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
      return store;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(
          "no CA certificate at " + caCertificate() + " (-Dmayfly.home); is the broker running?",
          e);
    }
  }

  private static SSLContext tls() {
    try {
      var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(TRUST);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
