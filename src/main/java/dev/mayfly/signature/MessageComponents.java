package dev.mayfly.signature;

import java.util.List;
import java.util.Optional;

/// A message as a signature sees it.
public interface MessageComponents {
  /// A derived component, RFC 9421 §2.2, such as `@method`; empty for one that this message does
  /// not have, or that is not supported.
  Optional<String> derived(String name);

  /// The lines of a header field, in their order; none where it was not sent.
  List<String> field(String name);
}
