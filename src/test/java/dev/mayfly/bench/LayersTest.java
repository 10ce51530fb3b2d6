package dev.mayfly.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whose work a stack is.
class LayersTest {
  @ParameterizedTest
  @CsvSource({
    "sun.nio.ch.SocketDispatcher, sockets",
    "io.netty.channel.epoll.Native, sockets",
    "io.netty.handler.codec.http.HttpObjectDecoder, Netty",
    "io.vertx.core.http.impl.Http1xServerConnection, 'Vert.x, Quarkus'",
    "io.smallrye.mutiny.operators.UniOperator, 'Vert.x, Quarkus'",
    "org.hibernate.reactive.session.impl.ReactiveSessionImpl, 'Hibernate, pg client'",
    "io.vertx.pgclient.impl.codec.PgDecoder, 'Hibernate, pg client'",
    "io.vertx.core.json.JsonObject, 'JSON, JOSE'",
    "com.fasterxml.jackson.core.json.ReaderBasedJsonParser, 'JSON, JOSE'",
    "org.bouncycastle.math.ec.ECPoint, verification",
    "dev.mayfly.keys.P256Table, verification",
    "dev.mayfly.keys.Pkcs11Module, PKCS#11",
    "dev.mayfly.keys.HsmJwsSigner, PKCS#11",
    "io.micrometer.core.instrument.Timer, metrics",
    "dev.mayfly.token.Issuance$$Lambda/0x00007f0001, ours: token",
    "dev.mayfly.check.RequestCheck, ours: check",
    "com.maxmind.db.Reader, other libraries",
    "java.lang.Thread, the JDK by itself",
  })
  void aClassIsOfTheLayerThatAnswersForIt(String name, String layer) {
    assertEquals(layer, Layers.of(List.of(name)));
  }

  @Test
  void whatTheJdkDoesIsWhoeversCalledIt() {
    assertEquals(
        "ours: token",
        Layers.of(
            List.of(
                "java.util.HashMap", "java.util.Map", "dev.mayfly.token.Issuance", "io.vertx.X")));
    assertEquals(
        "Netty", Layers.of(List.of("jdk.internal.misc.Unsafe", "io.netty.buffer.X", "io.vertx.Y")));
  }

  @Test
  void aLibrarysWorkIsTheLibrarysWhoeverCalledIt() {
    assertEquals(
        "JSON, JOSE",
        Layers.of(List.of("java.lang.String", "com.fasterxml.jackson.X", "dev.mayfly.token.Y")));
  }

  @Test
  void socketsAndSignaturesAreTheOnlyJdkWorkWithANameOfItsOwn() {
    assertEquals(
        "sockets", Layers.of(List.of("sun.nio.ch.IOUtil", "io.netty.channel.socket.nio.X")));
    assertEquals(
        "verification",
        Layers.of(
            List.of(
                "sun.security.ec.ECOperations",
                "java.security.Signature$Delegate",
                "dev.mayfly.jose.X")));
  }

  @Test
  void aStackOfNobodysIsTheJdks() {
    assertEquals("the JDK by itself", Layers.of(List.of("java.lang.Thread", "jdk.internal.X")));
    assertEquals("the JDK by itself", Layers.of(List.of()));
  }

  @Test
  void aNameThatOnlyBeginsLikeOursIsNotOurs() {
    assertEquals("other libraries", Layers.of(List.of("dev.mayflyer.X")));
    assertEquals("ours: ", Layers.of(List.of("dev.mayfly.Main")));
  }
}
