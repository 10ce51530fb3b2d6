package dev.mayfly.bench;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// One request, ready to be sent.
///
/// @param headers name, value, name, value
/// @param form absent: it is a GET
/// @param answered what follows from the body of a good answer
record Ask(String path, List<String> headers, Optional<String> form, Consumer<String> answered) {
  Ask {
    headers = List.copyOf(headers);
  }

  @Override
  public String toString() {
    return "Ask[" + path + "]";
  }
}
