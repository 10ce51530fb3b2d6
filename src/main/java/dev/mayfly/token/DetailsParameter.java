package dev.mayfly.token;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mayfly.oauth.AuthorizationDetails;

/// The `authorization_details` parameter, RFC 9396 §2, from its text.
final class DetailsParameter {
  /// More than what is granted can have: white space is allowed.
  private static final int LONGEST = 8 * 1024;

  /// Of a member that stands twice two readers might take two different ones.
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private DetailsParameter() {}

  /// Errors: `IllegalArgumentException`, whose message may be shown to the client.
  static AuthorizationDetails parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("authorization_details is too long");
    }
    Object json;
    try {
      json = STRICT.readValue(text, Object.class);
    } catch (JsonProcessingException malformed) {
      throw new IllegalArgumentException("authorization_details is no JSON");
    }
    return AuthorizationDetails.of(json);
  }
}
