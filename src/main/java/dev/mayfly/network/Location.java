package dev.mayfly.network;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The country of an address. That it is not known is a case of its own, never a null.
public sealed interface Location {
  Unknown UNKNOWN = new Unknown();

  /// Shape: an assigned ISO 3166-1 alpha-2 code, upper case.
  /// Errors: `IllegalArgumentException`.
  record Known(String country) implements Location {
    public Known {
      if (!isCountry(country)) {
        throw new IllegalArgumentException(
            "a country is an ISO 3166-1 alpha-2 code in upper case, such as GB");
      }
    }
  }

  record Unknown() implements Location {}

  static boolean isCountry(String code) {
    return Countries.ALL.contains(code);
  }

  /// Every assigned code, sorted.
  static List<String> countries() {
    return Countries.ALL.stream().sorted().toList();
  }

  /// What a country database says; a code that ISO does not assign (`EU`, `ZZ`, `XK`) is no
  /// country that a policy could name.
  static Location ofCode(String code) {
    return isCountry(code) ? new Known(code) : UNKNOWN;
  }
}

/// The assigned codes, as the JDK knows them.
final class Countries {
  static final Set<String> ALL = Set.copyOf(List.of(Locale.getISOCountries()));

  private Countries() {}
}
