package dev.mayfly.contract;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.List;

/// The keys with which `signing-bot` of the lab signs its requests, new in each run.
final class SigningKeys {
  static final ECKey P256 = new ECKey.Builder(JwtDraft.newKey()).keyID("its-p256").build();
  static final OctetKeyPair ED25519 = ed25519();

  private SigningKeys() {}

  private static OctetKeyPair ed25519() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      byte[] point = pair.getPublic().getEncoded();
      byte[] seed = pair.getPrivate().getEncoded();
      return new OctetKeyPair.Builder(Curve.Ed25519, last32(point))
          .d(last32(seed))
          .keyID("its-ed25519")
          .build();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Base64URL last32(byte[] encoded) {
    return Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
  }

  /// The public halves, for the realm file.
  static String json() {
    ArrayNode keys = Broker.JSON.createArrayNode();
    for (JWK key : List.of(P256.toPublicJWK(), ED25519.toPublicJWK())) {
      ObjectNode each = (ObjectNode) Broker.json(key.toJSONString());
      keys.add(each);
    }
    return keys.toString();
  }
}
