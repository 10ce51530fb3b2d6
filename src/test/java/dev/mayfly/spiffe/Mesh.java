package dev.mayfly.spiffe;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.mayfly.client.Authority;
import dev.mayfly.jose.JwtMaker;
import dev.mayfly.realm.TrustDomain;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Two SPIFFE trust domains whose server the tests are, and what it signs.
public final class Mesh {
  public static final Instant NOW = Authority.NOW;
  public static final String ISSUER = "https://as.example/realms/test";
  public static final String WORKLOAD = "spiffe://prod.test/bots/7";
  public static final Authority PROD = Authority.root("prod.test");
  public static final Authority STAGE = Authority.root("stage.test");
  public static final ECKey JWT_KEY = key("jwt");
  public static final ECKey WIT_KEY = key("wit");
  public static final ECKey STAGE_KEY = key("stage");
  public static final ECKey INSTANCE = key("instance");
  public static final Trust TRUST = trust(Set.of());

  private Mesh() {}

  public static ECKey key(String kid) {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID(kid).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The realm's, when keys with these thumbprints were retired.
  public static Trust trust(Set<String> retired) {
    return new Trust(
        Map.of(
            "prod.test",
            new TrustDomain(
                "prod.test",
                List.of(JWT_KEY.toPublicJWK()),
                List.of(PROD.certificate()),
                List.of(WIT_KEY.toPublicJWK())),
            "stage.test",
            new TrustDomain(
                "stage.test",
                List.of(STAGE_KEY.toPublicJWK()),
                List.of(STAGE.certificate()),
                List.of())),
        retired::contains);
  }

  /// A JWT that can be changed before it is signed; values are JSON.
  public static final class Draft {
    private final Map<String, String> header = new LinkedHashMap<>();
    private final Map<String, String> claims = new LinkedHashMap<>();

    public Draft(String type) {
      header("alg", "\"ES256\"").header("typ", '"' + type + '"');
    }

    public Draft header(String name, String json) {
      return put(header, name, json);
    }

    public Draft with(String name, String json) {
      return put(claims, name, json);
    }

    public Draft withTime(String name, Instant at) {
      return with(name, Long.toString(at.getEpochSecond()));
    }

    private Draft put(Map<String, String> members, String name, String json) {
      if (json == null) {
        members.remove(name);
      } else {
        members.put(name, json);
      }
      return this;
    }

    public String signedBy(ECKey key) {
      try {
        return JwtMaker.es256(object(header), object(claims), key.toECPrivateKey());
      } catch (JOSEException e) {
        throw new IllegalStateException(e);
      }
    }

    public String signedBy(Authority.Identity svid) {
      return JwtMaker.es256(object(header), object(claims), svid.keys().getPrivate());
    }

    private static String object(Map<String, String> members) {
      return members.entrySet().stream()
          .map(member -> '"' + member.getKey() + "\":" + member.getValue())
          .collect(Collectors.joining(",", "{", "}"));
    }
  }

  public static String quoted(String text) {
    return '"' + text + '"';
  }

  public static Draft jwtSvid() {
    return new Draft("JWT")
        .header("kid", quoted("jwt"))
        .with("sub", quoted(WORKLOAD))
        .with("aud", "[" + quoted(ISSUER) + "]")
        .withTime("iat", NOW)
        .withTime("exp", NOW.plusSeconds(300));
  }

  public static Draft witSvid() {
    return new Draft("wit+jwt")
        .header("kid", quoted("wit"))
        .with("sub", quoted(WORKLOAD))
        .withTime("iat", NOW)
        .withTime("exp", NOW.plusSeconds(3600))
        .with("jti", quoted("w-1"))
        .with("cnf", cnf(INSTANCE, "\"alg\":\"ES256\","));
  }

  public static String cnf(ECKey key, String more) {
    return "{\"jwk\":{%s\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"}}"
        .formatted(more, key.getX(), key.getY());
  }
}
