package dev.mayfly.ledger;

/// What an act of revocation ends, or would. `refreshTokens`: each live grant has one that is not
/// spent, or none. `accessTokens`: grants whose latest access token may still be alive; where one
/// was refreshed several times within the life of a token there are as many more.
public record Toll(long clients, long grants, long refreshTokens, long accessTokens) {
  public static final Toll NONE = new Toll(0, 0, 0, 0);
}
