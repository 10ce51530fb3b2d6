package dev.mayfly.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mayfly.http.Answers;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a JSON value looks like, as far as programs may rely on it.
sealed interface Shape {
  /// `words`: the only ones there are; empty for any text.
  record Text(List<String> words) implements Shape {
    public Text {
      words = List.copyOf(words);
    }
  }

  /// ISO 8601, in UTC.
  record Moment() implements Shape {}

  /// A whole number.
  record Whole() implements Shape {}

  record Truth() implements Shape {}

  /// A JSON object of somebody else's form: WebAuthn's, a JWK set, a client of a realm file.
  record Free() implements Shape {}

  record Listed(Shape of) implements Shape {}

  /// An object whose names are not known beforehand.
  record Keyed(Shape of) implements Shape {}

  /// One of these; which one follows from the request.
  record Either(List<Shape> shapes) implements Shape {
    public Either {
      shapes = List.copyOf(shapes);
    }
  }

  /// An object with these members.
  /// Errors: `IllegalArgumentException` for two of one name.
  record Members(List<Member> members) implements Shape {
    public Members {
      members = List.copyOf(members);
      Set<String> names = new HashSet<>();
      for (Member member : members) {
        if (!names.add(member.name())) {
          throw new IllegalArgumentException("two members are called " + member.name());
        }
      }
    }
  }

  /// One that several operations share; the document says it once, under this name.
  record Named(String name, Shape shape) implements Shape {}

  /// `needed`: always there. `canBeNull`: may be null. `secret`: shown this once, and kept by
  /// nobody.
  record Member(String name, Shape shape, boolean needed, boolean canBeNull, boolean secret) {
    Member optional() {
      return new Member(name, shape, false, canBeNull, secret);
    }

    Member nullable() {
      return new Member(name, shape, needed, true, secret);
    }

    Member shownOnce() {
      return new Member(name, shape, needed, canBeNull, true);
    }
  }

  static Shape anyText() {
    return new Text(List.of());
  }

  static Shape free() {
    return new Free();
  }

  static Members object(Member... members) {
    return new Members(List.of(members));
  }

  static Listed listOf(Shape shape) {
    return new Listed(shape);
  }

  static Shape either(Shape... shapes) {
    return new Either(List.of(shapes));
  }

  static Member member(String name, Shape shape) {
    return new Member(name, shape, true, false, false);
  }

  static Member text(String name) {
    return member(name, anyText());
  }

  /// One of these words.
  static Member word(String name, String... words) {
    return member(name, new Text(List.of(words)));
  }

  static Member texts(String name) {
    return member(name, new Listed(anyText()));
  }

  static Member moment(String name) {
    return member(name, new Moment());
  }

  static Member number(String name) {
    return member(name, new Whole());
  }

  static Member truth(String name) {
    return member(name, new Truth());
  }

  /// The same object with more members.
  static Members with(Members shape, Member... more) {
    List<Member> all = new java.util.ArrayList<>(shape.members());
    all.addAll(Arrays.asList(more));
    return new Members(all);
  }

  /// Whether anything in it is shown only once.
  default boolean hasSecrets() {
    return switch (this) {
      case Text _, Moment _, Whole _, Truth _, Free _ -> false;
      case Listed(Shape of) -> of.hasSecrets();
      case Keyed(Shape of) -> of.hasSecrets();
      case Either(List<Shape> shapes) -> shapes.stream().anyMatch(Shape::hasSecrets);
      case Named(_, Shape shape) -> shape.hasSecrets();
      case Members(List<Member> members) ->
          members.stream().anyMatch(one -> one.secret() || one.shape().hasSecrets());
    };
  }

  /// What of this value may be kept: the members that are described, and are no secrets.
  default JsonNode kept(JsonNode value) {
    return switch (this) {
      case Text _, Moment _, Whole _, Truth _, Free _ -> value;
      case Named(_, Shape shape) -> shape.kept(value);
      case Either(List<Shape> shapes) ->
          shapes.stream().anyMatch(Shape::hasSecrets) ? nothing() : value;
      case Listed(Shape of) -> {
        ArrayNode all = Answers.JSON.createArrayNode();
        value.forEach(item -> all.add(of.kept(item)));
        yield all;
      }
      case Keyed(Shape of) -> {
        ObjectNode all = nothing();
        value.properties().forEach(entry -> all.set(entry.getKey(), of.kept(entry.getValue())));
        yield all;
      }
      case Members(List<Member> members) -> {
        ObjectNode some = nothing();
        for (Member member : members) {
          JsonNode held = value.get(member.name());
          if (held != null && !member.secret()) {
            some.set(member.name(), held.isNull() ? held : member.shape().kept(held));
          }
        }
        yield some;
      }
    };
  }

  private static ObjectNode nothing() {
    return Answers.JSON.createObjectNode();
  }
}
