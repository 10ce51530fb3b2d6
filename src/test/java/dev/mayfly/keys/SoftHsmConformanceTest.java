package dev.mayfly.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/// SoftHSM2, the token that Mayfly brings along.
class SoftHsmConformanceTest extends TokenConformance {
  private static final TestToken TOKEN = TestToken.of("conform");

  @Override
  HsmConfig config() {
    TestToken.configure();
    return TOKEN.config();
  }

  @Override
  Set<SigningAlgorithm> expected() {
    return EnumSet.allOf(SigningAlgorithm.class);
  }

  private static Path away() {
    return TestToken.folder().resolve("tokens-away");
  }

  @Override
  void lose() throws IOException {
    Files.move(TestToken.TOKENS, away());
  }

  @Override
  void bringBack() throws IOException {
    Files.move(away(), TestToken.TOKENS);
  }
}
