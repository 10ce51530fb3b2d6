package dev.mayfly.oauth;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Orders at an exchange, `type` `exchange_order`. Each member but `actions` may be absent, and
/// then limits nothing; here an empty set stands for that. What is asked without a member that
/// the client's limits have is therefore more than they allow.
/// Instruments are exact names: a pattern would also allow what is listed next year.
/// Errors: `IllegalArgumentException`, in words without any value of the input.
///
/// @param locations audiences of the token, RFC 9396 §2.2
public record ExchangeOrder(
    SortedSet<String> locations,
    SortedSet<Action> actions,
    SortedSet<String> instruments,
    SortedSet<Side> sides,
    Optional<Notional> maxNotional)
    implements AuthorizationDetail {
  public static final String TYPE = "exchange_order";

  private static final List<String> MEMBERS =
      List.of("type", "locations", "actions", "instruments", "sides", "max_notional");
  private static final int MOST_LOCATIONS = 16;
  private static final int MOST_INSTRUMENTS = 64;

  /// What a URI may hold.
  private static final Pattern LOCATION =
      Pattern.compile("[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]+");

  private static final Pattern INSTRUMENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,31}");

  public enum Action {
    CREATE,
    CANCEL,
    READ;

    /// As in JSON and in realm files.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public enum Side {
    BUY,
    SELL;

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// The most that one order may be worth. Amounts are compared as numbers and written without
  /// needless zeros: `1000.50` is `1000.5`.
  ///
  /// @param amount more than zero; at most 18 digits before and 18 after the point
  public record Notional(BigDecimal amount, String currency) {
    private static final Pattern AMOUNT = Pattern.compile("(0|[1-9][0-9]{0,17})(\\.[0-9]{1,18})?");
    private static final Pattern CURRENCY = Pattern.compile("[A-Z0-9]{2,10}");

    public Notional {
      if (amount.signum() <= 0) {
        throw new IllegalArgumentException("an amount is more than zero");
      }
      if (!CURRENCY.matcher(currency).matches()) {
        throw new IllegalArgumentException("a currency is 2 to 10 characters of A-Z 0-9");
      }
      // Without an exponent, so that equal amounts are equal values.
      amount = new BigDecimal(amount.stripTrailingZeros().toPlainString());
    }

    /// No sign, no exponent, no leading zeros: only digits, in bounds.
    public static Notional of(String amount, String currency) {
      if (!AMOUNT.matcher(amount).matches()) {
        throw new IllegalArgumentException(
            "an amount is a decimal number in quotes, of at most 18 digits before and after the"
                + " point");
      }
      return new Notional(new BigDecimal(amount), currency);
    }

    /// An amount that is as high lies within; another currency never does.
    boolean isWithin(Notional other) {
      return currency.equals(other.currency) && amount.compareTo(other.amount) <= 0;
    }
  }

  public ExchangeOrder {
    locations = copy(locations);
    actions = copy(actions);
    instruments = copy(instruments);
    sides = copy(sides);
    if (actions.isEmpty()) {
      throw new IllegalArgumentException("exchange_order needs actions");
    }
    if (locations.size() > MOST_LOCATIONS
        || !locations.stream().allMatch(text -> LOCATION.matcher(text).matches())) {
      throw new IllegalArgumentException("locations has too many, or one that is no plain URI");
    }
    if (instruments.size() > MOST_INSTRUMENTS
        || !instruments.stream().allMatch(ExchangeOrder::isInstrument)) {
      throw new IllegalArgumentException(
          "instruments has too many, or one that is not 1 to 32 characters of A-Z a-z 0-9 . _ : /"
              + " - and starts with a letter or digit");
    }
  }

  private static <T extends Comparable<T>> SortedSet<T> copy(SortedSet<T> values) {
    return Collections.unmodifiableSortedSet(new TreeSet<>(values));
  }

  public static boolean isInstrument(String text) {
    return INSTRUMENT.matcher(text).matches();
  }

  static ExchangeOrder of(Map<?, ?> members) {
    if (!MEMBERS.containsAll(members.keySet())) {
      throw new IllegalArgumentException("exchange_order has an unknown member");
    }
    if (!members.containsKey("actions")) {
      throw new IllegalArgumentException("exchange_order needs actions");
    }
    return new ExchangeOrder(
        texts(members, "locations", MOST_LOCATIONS, Function.identity()),
        texts(members, "actions", Action.values().length, word(Action.values(), Action::word)),
        texts(members, "instruments", MOST_INSTRUMENTS, Function.identity()),
        texts(members, "sides", Side.values().length, word(Side.values(), Side::word)),
        members.containsKey("max_notional")
            ? Optional.of(notional(members.get("max_notional")))
            : Optional.empty());
  }

  private static <T extends Comparable<T>> SortedSet<T> texts(
      Map<?, ?> members, String name, int most, Function<String, T> reader) {
    if (!members.containsKey(name)) {
      return Collections.emptySortedSet();
    }
    if (!(members.get(name) instanceof List<?> list) || list.isEmpty() || list.size() > most) {
      throw new IllegalArgumentException(name + " must be an array of 1 to " + most + " strings");
    }
    List<T> values = new ArrayList<>();
    for (Object value : list) {
      if (!(value instanceof String text)) {
        throw new IllegalArgumentException(name + " must be an array of strings");
      }
      values.add(reader.apply(text));
    }
    if (new HashSet<>(values).size() < values.size()) {
      throw new IllegalArgumentException(name + " names something twice");
    }
    return new TreeSet<>(values);
  }

  private static <T> Function<String, T> word(T[] constants, Function<T, String> word) {
    return text ->
        Arrays.stream(constants)
            .filter(constant -> word.apply(constant).equals(text))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("exchange_order has an unknown action or side"));
  }

  private static Notional notional(Object json) {
    if (!(json instanceof Map<?, ?> members)
        || !members.keySet().equals(Set.of("amount", "currency"))
        || !(members.get("amount") instanceof String amount)
        || !(members.get("currency") instanceof String currency)) {
      throw new IllegalArgumentException(
          "max_notional must be an object of the strings amount and currency");
    }
    return Notional.of(amount, currency);
  }

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public boolean isWithin(AuthorizationDetail other) {
    return switch (other) {
      case ExchangeOrder order ->
          order.actions.containsAll(actions)
              && isWithin(locations, order.locations)
              && isWithin(instruments, order.instruments)
              && isWithin(sides, order.sides)
              && order
                  .maxNotional
                  .map(most -> maxNotional.map(mine -> mine.isWithin(most)).orElse(false))
                  .orElse(true);
    };
  }

  /// An empty set is everything.
  private static <T> boolean isWithin(Set<T> some, Set<T> others) {
    return others.isEmpty() || (!some.isEmpty() && others.containsAll(some));
  }

  @Override
  public Optional<AuthorizationDetail> at(Collection<String> audience) {
    if (locations.isEmpty()) {
      return Optional.of(this);
    }
    SortedSet<String> left = new TreeSet<>(locations);
    left.retainAll(audience);
    return left.isEmpty()
        ? Optional.empty()
        : Optional.of(new ExchangeOrder(left, actions, instruments, sides, maxNotional));
  }

  /// Whether it allows this at the API `audience`. What is not told is not limited here: whoever
  /// sees more of the order has to look.
  public boolean allows(
      String audience, Action action, Optional<String> instrument, Optional<String> side) {
    return actions.contains(action)
        && (locations.isEmpty() || locations.contains(audience))
        && instrument.map(name -> instruments.isEmpty() || instruments.contains(name)).orElse(true)
        && side.map(this::allowsSide).orElse(true);
  }

  /// Also where both sides are allowed: a word that is neither is no side.
  private boolean allowsSide(String word) {
    return Arrays.stream(Side.values())
        .filter(known -> known.word().equals(word))
        .anyMatch(known -> sides.isEmpty() || sides.contains(known));
  }

  @Override
  public Map<String, Object> members() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", TYPE);
    put(members, "locations", locations, Function.identity());
    put(members, "actions", actions, Action::word);
    put(members, "instruments", instruments, Function.identity());
    put(members, "sides", sides, Side::word);
    maxNotional.ifPresent(most -> members.put("max_notional", members(most)));
    return Collections.unmodifiableMap(members);
  }

  private static <T> void put(
      Map<String, Object> members, String name, Set<T> values, Function<T, String> word) {
    if (!values.isEmpty()) {
      members.put(name, values.stream().map(word).collect(Collectors.toList()));
    }
  }

  private static Map<String, Object> members(Notional most) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("amount", most.amount().toPlainString());
    members.put("currency", most.currency());
    return Collections.unmodifiableMap(members);
  }
}
