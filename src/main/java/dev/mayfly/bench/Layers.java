package dev.mayfly.bench;

import java.util.List;

/// Whose work a thread was doing, by its stack. The frame nearest to the top that somebody answers
/// for decides: what a library calls is the library's, and the JDK's frames are whoever's called
/// them, but for sockets and signatures. Pure.
final class Layers {
  static final String SOCKETS = "sockets";
  static final String NETTY = "Netty";
  static final String VERTX = "Vert.x, Quarkus";
  static final String DATABASE = "Hibernate, pg client";
  static final String PKCS11 = "PKCS#11";
  static final String VERIFICATION = "verification";
  static final String JSON = "JSON, JOSE";
  static final String METRICS = "metrics";
  static final String OURS = "ours: ";
  static final String JDK = "the JDK by itself";
  static final String OTHERS = "other libraries";

  private static final String OUR_PACKAGES = "dev.mayfly.";

  /// The first that fits counts.
  private static final List<Rule> RULES =
      List.of(
          new Rule("sun.nio.ch.", SOCKETS),
          new Rule("io.netty.channel.epoll.", SOCKETS),
          new Rule("io.netty.channel.unix.", SOCKETS),
          new Rule("dev.mayfly.keys.P256", VERIFICATION),
          new Rule("dev.mayfly.keys.EcCurve", VERIFICATION),
          new Rule("dev.mayfly.keys.SignatureVerifier", VERIFICATION),
          new Rule("org.bouncycastle.", VERIFICATION),
          new Rule("com.nimbusds.jose.crypto.", VERIFICATION),
          new Rule("java.security.Signature", VERIFICATION),
          new Rule("dev.mayfly.keys.", PKCS11),
          new Rule("com.fasterxml.jackson.", JSON),
          new Rule("com.nimbusds.", JSON),
          new Rule("io.vertx.core.json.", JSON),
          new Rule("org.hibernate.", DATABASE),
          new Rule("io.vertx.sqlclient.", DATABASE),
          new Rule("io.vertx.pgclient.", DATABASE),
          new Rule("io.vertx.mutiny.sqlclient.", DATABASE),
          new Rule("io.quarkus.hibernate.", DATABASE),
          new Rule("io.quarkus.reactive.", DATABASE),
          new Rule("io.micrometer.", METRICS),
          new Rule("io.prometheus.", METRICS),
          new Rule("io.quarkus.micrometer.", METRICS),
          new Rule("io.netty.", NETTY),
          new Rule("io.vertx.", VERTX),
          new Rule("io.quarkus.", VERTX),
          new Rule("io.smallrye.", VERTX),
          new Rule("org.jboss.", VERTX));

  private static final List<String> JDKS =
      List.of("java.", "javax.", "jdk.", "sun.", "com.sun.", "org.jcp.");

  private record Rule(String begin, String layer) {}

  private Layers() {}

  /// `classes`: those of the stack's frames, by their full names, the one on top first.
  static String of(List<String> classes) {
    for (String one : classes) {
      String layer = ofFrame(one);
      if (!layer.equals(JDK)) {
        return layer;
      }
    }
    return JDK;
  }

  private static String ofFrame(String name) {
    for (Rule rule : RULES) {
      if (name.startsWith(rule.begin())) {
        return rule.layer();
      }
    }
    if (name.startsWith(OUR_PACKAGES)) {
      String inner = name.substring(OUR_PACKAGES.length());
      return OURS + inner.substring(0, Math.max(0, inner.indexOf('.')));
    }
    return JDKS.stream().anyMatch(name::startsWith) ? JDK : OTHERS;
  }
}
