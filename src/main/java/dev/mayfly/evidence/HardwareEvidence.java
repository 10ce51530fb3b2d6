package dev.mayfly.evidence;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Reads the members of evidence that hardware made: bytes in base64 (RFC 4648 §4), PCRs in
/// hexadecimal digits. Nothing longer than what such a structure can be is decoded.
final class HardwareEvidence {
  private static final int LONGEST_STRUCTURE = 4096;
  private static final int LONGEST_CHAIN = 4;
  private static final int MOST_PCRS = 32;

  private final JsonNode evidence;

  private HardwareEvidence(JsonNode evidence) {
    this.evidence = evidence;
  }

  /// Both steps with a TPM; the second one is known by its `challenge`.
  static Evidence.Read tpm(JsonNode evidence) {
    HardwareEvidence in = new HardwareEvidence(evidence);
    try {
      TpmIdentity identity =
          new TpmIdentity(
              in.bytes("ek_certificate", LONGEST_STRUCTURE),
              in.chain(),
              in.bytes("ak_public", LONGEST_STRUCTURE));
      return new Evidence.Read.Presented(
          evidence.has("challenge")
              ? new TpmActivation(
                  identity,
                  in.text("challenge"),
                  in.bytes("credential", LONGEST_STRUCTURE),
                  in.bytes("quote", LONGEST_STRUCTURE),
                  in.bytes("signature", LONGEST_STRUCTURE),
                  in.pcrs())
              : identity);
    } catch (MalformedEvidence malformed) {
      return new Evidence.Read.Unacceptable(malformed.getMessage());
    }
  }

  static Evidence.Read nitro(JsonNode evidence) {
    try {
      return new Evidence.Read.Presented(
          new NitroAttestation(
              new HardwareEvidence(evidence).bytes("document", NitroDocument.LONGEST)));
    } catch (MalformedEvidence malformed) {
      return new Evidence.Read.Unacceptable(malformed.getMessage());
    }
  }

  private String text(String name) throws MalformedEvidence {
    if (!evidence.path(name).isTextual()) {
      throw refused(name, "is missing");
    }
    return evidence.path(name).textValue();
  }

  private byte[] bytes(String name, int longest) throws MalformedEvidence {
    return decoded(name, text(name), longest);
  }

  private static byte[] decoded(String name, String base64, int longest) throws MalformedEvidence {
    if (base64.length() > (longest + 2) / 3 * 4) {
      throw refused(name, "is too long");
    }
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException malformed) {
      throw refused(name, "is not base64");
    }
  }

  private List<byte[]> chain() throws MalformedEvidence {
    JsonNode chain = evidence.path("ek_chain");
    if (chain.isMissingNode()) {
      return List.of();
    }
    if (!chain.isArray() || chain.size() > LONGEST_CHAIN) {
      throw refused("ek_chain", "is not a list of at most 4 certificates");
    }
    List<byte[]> certificates = new ArrayList<>();
    for (JsonNode certificate : chain) {
      if (!certificate.isTextual()) {
        throw refused("ek_chain", "holds something else than certificates");
      }
      certificates.add(decoded("ek_chain", certificate.textValue(), LONGEST_STRUCTURE));
    }
    return certificates;
  }

  private SortedMap<Integer, byte[]> pcrs() throws MalformedEvidence {
    JsonNode members = evidence.path("pcrs");
    if (!members.isObject() || members.isEmpty() || members.size() > MOST_PCRS) {
      throw refused("pcrs", "is missing");
    }
    SortedMap<Integer, byte[]> pcrs = new TreeMap<>();
    for (Map.Entry<String, JsonNode> member : members.properties()) {
      String digits = member.getValue().asText("");
      if (!member.getKey().matches("[0-9]|[12][0-9]|3[01]")
          || !digits.matches("([0-9a-f]{2}){32,64}")) {
        throw refused("pcrs", "holds something else than values of PCRs");
      }
      pcrs.put(Integer.valueOf(member.getKey()), HexFormat.of().parseHex(digits));
    }
    return pcrs;
  }

  private static MalformedEvidence refused(String name, String because) {
    return new MalformedEvidence("evidence." + name + " " + because);
  }
}
