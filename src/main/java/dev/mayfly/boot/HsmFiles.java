package dev.mayfly.boot;

import dev.mayfly.keys.HsmUnavailableException;
import dev.mayfly.keys.ProcessEnvironment;
import dev.mayfly.keys.SoftHsmToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.OptionalInt;

/// The embedded PKCS#11 token: SoftHSM2 with its own configuration, folder and random PINs,
/// under `hsm/`.
final class HsmFiles {
  static final String LABEL = "mayfly";

  private final Path folder;
  private final SecureRandom random;

  HsmFiles(Path folder, SecureRandom random) {
    this.folder = folder;
    this.random = random;
  }

  private Path configuration() {
    return folder.resolve("softhsm2.conf");
  }

  private Path tokens() {
    return folder.resolve("tokens");
  }

  private Path pin() {
    return folder.resolve("pin");
  }

  private Path soPin() {
    return folder.resolve("so-pin");
  }

  boolean exists() {
    return Files.isDirectory(tokens());
  }

  /// Makes what is missing of PINs and configuration, and points this process's PKCS#11 module to
  /// it: to be done while no other thread runs. The PINs are on disk before the token has them.
  Settings.Pkcs11Token configure() {
    var module = module();
    if (exists() && !Files.exists(pin())) {
      throw new BootException(
          pin() + " is missing; without it the keys in " + tokens() + " cannot be used");
    }
    ensurePassword(soPin());
    ensurePassword(pin());
    try {
      SoftHsmToken.configure(configuration(), tokens());
    } catch (IOException e) {
      throw new BootException("cannot write in " + folder + ": " + PrivateFiles.reason(e), e);
    }
    return new Settings.Pkcs11Token(module, pin(), LABEL, OptionalInt.empty());
  }

  /// Makes the token, or completes one whose making a crash interrupted. Comes after
  /// [#configure].
  void ensureToken() {
    var soPin = password(soPin());
    var pin = password(pin());
    try {
      SoftHsmToken.initialise(module(), LABEL, soPin, pin);
    } catch (HsmUnavailableException e) {
      throw new BootException(e.getMessage(), e);
    } finally {
      Arrays.fill(soPin, (byte) 0);
      Arrays.fill(pin, (byte) 0);
    }
  }

  /// Points this process's PKCS#11 module to the token that the first broker made.
  Settings.Pkcs11Token attach() {
    if (!exists() || !Files.exists(configuration())) {
      throw new BootException(tokens() + " is missing; is a broker running?");
    }
    ProcessEnvironment.set("SOFTHSM2_CONF", configuration().toString());
    return new Settings.Pkcs11Token(module(), pin(), LABEL, OptionalInt.empty());
  }

  private static Path module() {
    return SoftHsmToken.findModule()
        .orElseThrow(
            () ->
                new BootException(
                    "SoftHSM2 is not installed (libsofthsm2.so is in none of the usual places); "
                        + "install the package softhsm2, or set MAYFLY_PKCS11_MODULE"));
  }

  private void ensurePassword(Path file) {
    if (!Files.exists(file)) {
      PrivateFiles.write(file, PrivateFiles.randomPassword(random) + "\n");
    }
  }

  private static byte[] password(Path file) {
    return PrivateFiles.read(file).strip().getBytes(StandardCharsets.UTF_8);
  }
}
