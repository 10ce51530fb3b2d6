package dev.mayfly.realm;

import dev.mayfly.oauth.ExchangeOrder.Action;
import java.util.Optional;

/// What a route needs of a token's authorization details: that one of them allows this action,
/// for the instrument and the side that stand in the request where the route says. What stands
/// elsewhere in the request, such as an amount in the body, the route cannot see.
///
/// @param instrument where the instrument stands; empty: where only the API can see it
/// @param side likewise
public record OrderRule(Action action, Optional<Place> instrument, Optional<Place> side) {
  /// A part of the request that the API must read from there alone.
  public sealed interface Place {}

  /// `{name}` of the route's path.
  public record PathVariable(String name) implements Place {}

  public record QueryParameter(String name) implements Place {}
}
