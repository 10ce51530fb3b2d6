package dev.mayfly.signature;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// `Content-Digest`, RFC 9530 §2: of the content as it is sent. Only the algorithms that are
/// active count, of which one must be there; every one that is there must be right. Deprecated and
/// unknown ones are not looked at.
public final class ContentDigest {
  public static final String FIELD = "Content-Digest";
  private static final Map<String, String> ACTIVE =
      Map.of("sha-256", "SHA-256", "sha-512", "SHA-512");

  private final Map<String, byte[]> digests;

  private ContentDigest(Map<String, byte[]> digests) {
    this.digests = digests;
  }

  /// Errors: [MalformedField], also without an active algorithm.
  public static ContentDigest read(List<String> lines) throws MalformedField {
    Map<String, byte[]> active = new TreeMap<>();
    for (Map.Entry<String, byte[]> member : FieldReader.bytes(FIELD, lines).entrySet()) {
      String algorithm = ACTIVE.get(member.getKey());
      if (algorithm != null) {
        if (member.getValue().length != digest(algorithm, new byte[0]).length) {
          throw new MalformedField(FIELD + " has a digest of another length");
        }
        active.put(member.getKey(), member.getValue());
      }
    }
    if (active.isEmpty()) {
      throw new MalformedField(FIELD + " has neither sha-256 nor sha-512");
    }
    return new ContentDigest(active);
  }

  public static ContentDigest sha256Of(byte[] content) {
    return new ContentDigest(Map.of("sha-256", digest("SHA-256", content)));
  }

  public boolean isOf(byte[] content) {
    return digests.entrySet().stream()
        .allMatch(
            member ->
                Arrays.equals(member.getValue(), digest(ACTIVE.get(member.getKey()), content)));
  }

  /// Base64 with padding.
  public Optional<String> sha256() {
    return Optional.ofNullable(digests.get("sha-256")).map(Base64.getEncoder()::encodeToString);
  }

  /// As the field is written.
  @Override
  public String toString() {
    return String.join(
        ", ",
        digests.entrySet().stream()
            .map(
                member ->
                    member.getKey()
                        + "=:"
                        + Base64.getEncoder().encodeToString(member.getValue())
                        + ":")
            .toList());
  }

  private static byte[] digest(String algorithm, byte[] content) {
    try {
      return MessageDigest.getInstance(algorithm).digest(content);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform we run on has " + algorithm, e);
    }
  }
}
