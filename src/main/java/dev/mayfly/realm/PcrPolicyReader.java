package dev.mayfly.realm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// `pcrs: {0: [3d45...], 7: [65ca..., b5bb...]}`.
final class PcrPolicyReader {
  private PcrPolicyReader() {}

  static PcrPolicy read(Value value, PcrPolicy.Bank bank) {
    SortedMap<Integer, List<String>> allowed = new TreeMap<>();
    for (Value.NamedValue pcr : value.entries()) {
      int number = number(pcr.key());
      List<String> values =
          pcr.value().list(item -> item.checked(() -> PcrPolicy.requireValue(bank, item.text())));
      allowed.put(number, values);
    }
    return value.checked(() -> new PcrPolicy(bank, allowed));
  }

  private static int number(Value key) {
    if (key.node() instanceof YamlNode.Scalar(String text, _, _)
        && text.matches("[0-9]|[12][0-9]|3[01]")) {
      return Integer.parseInt(text);
    }
    throw key.refuse("a PCR is a number from 0 to 31");
  }

  static void write(PcrPolicy pcrs, ObjectNode json) {
    ObjectNode registers = json.putObject("pcrs");
    pcrs.allowed()
        .forEach(
            (number, values) -> {
              ArrayNode array = registers.putArray(Integer.toString(number));
              values.forEach(array::add);
            });
  }
}
