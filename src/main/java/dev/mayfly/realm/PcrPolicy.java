package dev.mayfly.realm;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// What platform configuration registers may hold: for each that counts, its allowed values in
/// lower-case hexadecimal digits. Registers that are not named are not looked at.
/// Errors: `IllegalArgumentException` on no register, one outside 0 to 31, no value, or a value
/// that is not of the bank's length.
public record PcrPolicy(Bank bank, SortedMap<Integer, List<String>> allowed) {
  /// A bank of registers is known by its hash.
  public enum Bank {
    SHA256(32),
    SHA384(48),
    SHA512(64);

    private final int length;

    Bank(int length) {
      this.length = length;
    }

    public int length() {
      return length;
    }
  }

  private static final int HIGHEST = 31;
  private static final int MOST_VALUES = 64;

  public PcrPolicy {
    if (allowed.isEmpty()) {
      throw new IllegalArgumentException("at least one PCR has to be named");
    }
    SortedMap<Integer, List<String>> copy = new TreeMap<>();
    for (Map.Entry<Integer, List<String>> pcr : allowed.entrySet()) {
      if (pcr.getKey() < 0 || pcr.getKey() > HIGHEST) {
        throw new IllegalArgumentException("a PCR is a number from 0 to 31");
      }
      copy.put(pcr.getKey(), values(bank, pcr.getValue()));
    }
    allowed = Collections.unmodifiableSortedMap(copy);
  }

  private static List<String> values(Bank bank, List<String> values) {
    if (values.isEmpty() || values.size() > MOST_VALUES) {
      throw new IllegalArgumentException("a PCR has 1 to 64 allowed values");
    }
    values.forEach(value -> requireValue(bank, value));
    return List.copyOf(new TreeSet<>(values));
  }

  static String requireValue(Bank bank, String value) {
    if (!value.matches("[0-9a-f]{%d}".formatted(bank.length() * 2))) {
      throw new IllegalArgumentException(
          "a value of this bank is %d hexadecimal digits in lower case"
              .formatted(bank.length() * 2));
    }
    return value;
  }

  public boolean allows(int pcr, String value) {
    return allowed.getOrDefault(pcr, List.of()).contains(value);
  }
}
