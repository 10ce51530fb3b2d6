package dev.mayfly.oauth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mayfly.oauth.Narrowing.Exceeded;
import dev.mayfly.oauth.Narrowing.Limit;
import dev.mayfly.oauth.Narrowing.Narrowed;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The same or less, never more: whatever is asked for, and whatever is left out.
class NarrowingTest {
  private static final String A = "https://a.example/";
  private static final String B = "https://b.example/";
  private static final ScopeSet READ = ScopeSet.parse("read");
  private static final ScopeSet BOTH = ScopeSet.parse("read write");
  private static final AuthorizationDetails NONE = AuthorizationDetails.NONE;
  private static final AuthorizationDetails HUNDRED = upTo("100");
  private static final AuthorizationDetails TEN = upTo("10");

  private static AuthorizationDetails upTo(String amount) {
    return details(
        Map.of(
            "type",
            "exchange_order",
            "actions",
            List.of("create"),
            "max_notional",
            Map.of("amount", amount, "currency", "EUR")));
  }

  private static AuthorizationDetails details(Map<String, Object> element) {
    return AuthorizationDetails.of(List.of(element));
  }

  private static AuthorizationDetails at(String... locations) {
    return details(
        Map.of(
            "type",
            "exchange_order",
            "actions",
            List.of("create"),
            "locations",
            List.of(locations)));
  }

  private static Access access(AuthorizationDetails details) {
    return new Access(BOTH, List.of(A, B), details);
  }

  private static Narrowing asks(
      AuthorizationDetails granted,
      AuthorizationDetails allowed,
      Optional<AuthorizationDetails> asked,
      String... resources) {
    return Narrowing.decide(
        access(granted),
        access(allowed),
        new AskedAccess(Optional.empty(), List.of(resources), asked));
  }

  private static Narrowing gives(AuthorizationDetails details) {
    return new Narrowed(access(details));
  }

  private static final Narrowing REFUSED = new Exceeded(Limit.AUTHORIZATION_DETAILS);

  @Test
  void whatIsNotAskedForIsAsItWas() {
    assertEquals(gives(NONE), asks(NONE, NONE, Optional.empty()));
    assertEquals(gives(HUNDRED), asks(HUNDRED, HUNDRED, Optional.empty()));
    assertEquals(gives(TEN), asks(TEN, HUNDRED, Optional.empty()));
  }

  @Test
  void leavingTheDetailsOutWidensNothing() {
    assertEquals(gives(HUNDRED), asks(NONE, HUNDRED, Optional.empty()), "limited since");
    assertEquals(gives(HUNDRED), asks(HUNDRED, NONE, Optional.empty()), "not limited any more");
    assertEquals(REFUSED, asks(HUNDRED, TEN, Optional.empty()), "limited further since");
  }

  @Test
  void detailsMayBeAskedForWithinBoth() {
    assertEquals(gives(TEN), asks(HUNDRED, HUNDRED, Optional.of(TEN)));
    assertEquals(gives(TEN), asks(NONE, HUNDRED, Optional.of(TEN)));
    assertEquals(REFUSED, asks(TEN, HUNDRED, Optional.of(HUNDRED)));
    assertEquals(REFUSED, asks(HUNDRED, TEN, Optional.of(HUNDRED)));
  }

  @Test
  void aClientWithoutLimitsMayAskForNone() {
    assertEquals(REFUSED, asks(NONE, NONE, Optional.of(TEN)));
    assertEquals(REFUSED, asks(HUNDRED, NONE, Optional.of(TEN)));
  }

  @Test
  void locationsAreOfTheTokensAudience() {
    assertEquals(
        new Narrowed(new Access(BOTH, List.of(B), at(B))),
        asks(at(A, B), at(A, B), Optional.empty(), B));
    assertEquals(REFUSED, asks(at(A, B), at(A, B), Optional.of(at(A)), B));
    assertEquals(
        new Narrowed(new Access(BOTH, List.of(A), at(A))),
        asks(at(A, B), at(A, B), Optional.of(at(A)), A));
    assertEquals(REFUSED, asks(at(A), at(A), Optional.empty(), B), "nothing would be left");
  }

  @Test
  void scopeAndAudienceAreOfBoth() {
    Access read = new Access(READ, List.of(A), NONE);
    AskedAccess nothing = new AskedAccess(Optional.empty(), List.of(), Optional.empty());
    AskedAccess more = new AskedAccess(Optional.of(BOTH), List.of(), Optional.empty());
    AskedAccess other = new AskedAccess(Optional.of(READ), List.of(B), Optional.empty());
    assertEquals(new Narrowed(read), Narrowing.decide(read, access(NONE), nothing));
    assertEquals(new Exceeded(Limit.SCOPE), Narrowing.decide(read, access(NONE), more));
    assertEquals(new Exceeded(Limit.SCOPE), Narrowing.decide(access(NONE), read, more));
    assertEquals(new Exceeded(Limit.SCOPE), Narrowing.decide(access(NONE), read, nothing));
    assertEquals(new Exceeded(Limit.TARGET), Narrowing.decide(read, access(NONE), other));
    assertEquals(new Exceeded(Limit.TARGET), Narrowing.decide(access(NONE), read, other));
  }

  @Test
  void anEmptyScopeIsNoneAskedFor() {
    assertEquals(
        gives(NONE),
        Narrowing.decide(
            access(NONE),
            access(NONE),
            new AskedAccess(Optional.of(ScopeSet.EMPTY), List.of(), Optional.empty())));
  }
}
