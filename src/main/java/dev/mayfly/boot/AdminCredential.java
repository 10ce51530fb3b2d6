package dev.mayfly.boot;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;

/// The key by which the command line on this host proves that it may administer:
/// `admin/credential.json` (private, mode 0600, for the command line) and `admin/public.jwk`
/// (what the broker trusts).
final class AdminCredential {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AdminCredential() {}

  /// Creates the pair where it is missing. The public part always follows the private one, so a
  /// crash between the two writes is repaired here.
  static void ensure(Path folder) {
    var credential = folder.resolve("credential.json");
    var key = Files.exists(credential) ? read(credential) : create(credential);
    PrivateFiles.write(folder.resolve("public.jwk"), key.toPublicJWK().toJSONString() + "\n");
  }

  private static ECKey create(Path credential) {
    try {
      var key =
          new ECKeyGenerator(Curve.P_256)
              .keyUse(KeyUse.SIGNATURE)
              .algorithm(JWSAlgorithm.ES256)
              .keyIDFromThumbprint(true)
              .generate();
      var json = JsonNodeFactory.instance.objectNode().put("kid", key.getKeyID());
      json.set("jwk", JSON.readTree(key.toJSONString()));
      PrivateFiles.write(credential, json.toPrettyString() + "\n");
      return key;
    } catch (JOSEException | JsonProcessingException e) {
      throw new IllegalStateException("an EC key could not be made", e);
    }
  }

  private static ECKey read(Path credential) {
    try {
      var key = ECKey.parse(JSON.readTree(PrivateFiles.read(credential)).path("jwk").toString());
      if (key.isPrivate() && key.getKeyID() != null) {
        return key;
      }
    } catch (JsonProcessingException | ParseException _) {
      // Told below, without the content.
    }
    throw new BootException(credential + " holds no private key; delete it and start again");
  }
}
