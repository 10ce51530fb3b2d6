package dev.mayfly.oauth;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a token may be used for in detail, RFC 9396: whatever one of the elements allows.
/// [#NONE] is no list that allows nothing but the absence of one: scope alone decides. It can
/// therefore never come out of narrowing something else.
/// Errors: `IllegalArgumentException`, in words that may be shown to whoever sent it, on more than
/// 16 elements, on equal ones, and on more than 2,048 characters of JSON: it travels in each
/// access token, and in a header field.
public record AuthorizationDetails(List<AuthorizationDetail> elements) {
  public static final AuthorizationDetails NONE = new AuthorizationDetails(List.of());

  /// The types that are known, RFC 9396 §10.
  public static final List<String> TYPES = List.of(ExchangeOrder.TYPE);

  public static final int MOST = 16;
  public static final int LONGEST = 2048;

  public AuthorizationDetails {
    elements = List.copyOf(elements);
    if (elements.size() > MOST) {
      throw new IllegalArgumentException("authorization_details has too many elements");
    }
    if (new HashSet<>(elements).size() < elements.size()) {
      throw new IllegalArgumentException("an element of authorization_details stands twice");
    }
    if (json(members(elements)).length() > LONGEST) {
      throw new IllegalArgumentException("authorization_details is too long");
    }
  }

  /// From JSON that was read into texts, lists and mappings; strictly. An array without elements
  /// is refused: it would say that nothing is asked for.
  /// Errors: as above, and for whatever is not understood.
  public static AuthorizationDetails of(Object json) {
    if (!(json instanceof List<?> list) || list.isEmpty()) {
      throw new IllegalArgumentException("authorization_details must be an array of objects");
    }
    if (list.size() > MOST) {
      throw new IllegalArgumentException("authorization_details has too many elements");
    }
    return new AuthorizationDetails(list.stream().map(AuthorizationDetails::element).toList());
  }

  private static AuthorizationDetail element(Object json) {
    if (!(json instanceof Map<?, ?> members)) {
      throw new IllegalArgumentException("authorization_details must be an array of objects");
    }
    if (!ExchangeOrder.TYPE.equals(members.get("type"))) {
      throw new IllegalArgumentException("a type of authorization_details is missing or unknown");
    }
    return ExchangeOrder.of(members);
  }

  public boolean isEmpty() {
    return elements.isEmpty();
  }

  /// Whether each element lies within one of the others. Everything lies within [#NONE]; it lies
  /// within nothing else.
  public boolean isWithin(AuthorizationDetails others) {
    return others.isEmpty()
        || (!isEmpty()
            && elements.stream()
                .allMatch(element -> others.elements.stream().anyMatch(element::isWithin)));
  }

  /// What is left of it in a token that is for this audience only. Empty: nothing is, so that
  /// there can be no such token.
  public Optional<AuthorizationDetails> at(Collection<String> audience) {
    List<AuthorizationDetail> left =
        elements.stream().flatMap(element -> element.at(audience).stream()).distinct().toList();
    return left.isEmpty() && !isEmpty()
        ? Optional.empty()
        : Optional.of(new AuthorizationDetails(left));
  }

  /// As texts, lists and mappings, for whoever writes JSON.
  public List<Map<String, Object>> members() {
    return members(elements);
  }

  private static List<Map<String, Object>> members(List<AuthorizationDetail> elements) {
    return elements.stream().map(AuthorizationDetail::members).toList();
  }

  /// Canonical JSON, ASCII; the empty text for [#NONE].
  @Override
  public String toString() {
    return isEmpty() ? "" : json(members());
  }

  /// The texts hold nothing that JSON would escape: the types saw to that.
  private static String json(Object value) {
    return switch (value) {
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(member -> json(member.getKey()) + ":" + json(member.getValue()))
              .collect(Collectors.joining(",", "{", "}"));
      case List<?> list ->
          list.stream().map(AuthorizationDetails::json).collect(Collectors.joining(",", "[", "]"));
      default -> '"' + value.toString() + '"';
    };
  }
}
