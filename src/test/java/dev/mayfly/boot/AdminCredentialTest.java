package dev.mayfly.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.jwk.ECKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminCredentialTest {
  @TempDir Path folder;

  private ECKey trusted() throws Exception {
    return ECKey.parse(Files.readString(folder.resolve("public.jwk")));
  }

  private ECKey credential() throws Exception {
    var json = new ObjectMapper().readTree(folder.resolve("credential.json").toFile());
    var key = ECKey.parse(json.required("jwk").toString());
    assertEquals(json.required("kid").textValue(), key.getKeyID());
    return key;
  }

  @Test
  void isAPrivateKeyWhosePublicPartTheBrokerTrusts() throws Exception {
    AdminCredential.ensure(folder);
    assertTrue(credential().isPrivate());
    assertFalse(trusted().isPrivate());
    assertEquals(credential().toPublicJWK(), trusted());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(folder.resolve("credential.json"))));
  }

  @Test
  void staysTheSame() throws Exception {
    AdminCredential.ensure(folder);
    var before = credential();
    AdminCredential.ensure(folder);
    assertEquals(before, credential());
  }

  @Test
  void completesThePairAfterACrash() throws Exception {
    AdminCredential.ensure(folder);
    Files.delete(folder.resolve("public.jwk"));
    AdminCredential.ensure(folder);
    assertEquals(credential().toPublicJWK(), trusted());
  }

  @Test
  void refusesAFileWithoutAPrivateKeyAndDoesNotRepeatIt() throws Exception {
    Files.writeString(folder.resolve("credential.json"), "{\"jwk\":{\"kty\":\"hunter2\"}}");
    var e = assertThrows(BootException.class, () -> AdminCredential.ensure(folder));
    assertFalse(e.getMessage().contains("hunter2"));
  }
}
