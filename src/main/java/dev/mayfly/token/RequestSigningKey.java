package dev.mayfly.token;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.ledger.Registration;
import dev.mayfly.oauth.GrantId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// The shared key by which the tool of one grant signs its requests to the API. Nobody stores it:
/// the HSM derives it from the grant id, on every replica the same.
/// Shape: 256 bits. On the wire, in the token response alone, base64url, 43 characters.
///
/// @param keyid the grant, a dot, and which MAC key it was derived under
@SuppressWarnings("ArrayRecordComponent") // never compared
record RequestSigningKey(String keyid, byte[] key) {
  static String keyid(GrantId grant, Registration.Key mac) {
    return grant + "." + mark(mac);
  }

  /// The end of the MAC key's name, which has no slash.
  private static String mark(Registration.Key mac) {
    return mac.kid().substring(mac.kid().lastIndexOf('/') + 1);
  }

  /// What the HSM is asked to MAC. Its first line keeps it apart from all else that is derived
  /// under the same key, the grant's refresh tokens among them.
  static byte[] keyInput(GrantId grant) {
    return ByteBuffer.allocate(32)
        .put("request-signing\n".getBytes(StandardCharsets.US_ASCII))
        .putLong(grant.value().getMostSignificantBits())
        .putLong(grant.value().getLeastSignificantBits())
        .array();
  }

  /// Our own members of a token response: no standard has any.
  void addTo(ObjectNode response) {
    response
        .put("request_signing_key", Base64.getUrlEncoder().withoutPadding().encodeToString(key))
        .put("request_signing_keyid", keyid);
  }

  @Override
  public String toString() {
    return "RequestSigningKey[" + keyid + ", redacted]";
  }
}
