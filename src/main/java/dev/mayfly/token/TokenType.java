package dev.mayfly.token;

/// `token_type`: how a token is presented. `DPOP` where its holder showed a DPoP proof when it
/// was issued, RFC 9449 §5.
enum TokenType {
  BEARER("Bearer"),
  DPOP("DPoP");

  private final String word;

  TokenType(String word) {
    this.word = word;
  }

  String word() {
    return word;
  }
}
