package dev.mayfly.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The program inside a Nitro enclave that asks its Nitro Security Module for an attestation
/// document. It gets one line of JSON on its standard input, with `nonce` (text) and `public_key`
/// (SubjectPublicKeyInfo in base64), and answers the document on its standard output: as it is, or
/// in base64.
/// Errors: exit 3, without anything of the program's output.
record NitroProgram(String path) {
  private static final int LONGEST = 16 * 1024;
  private static final long DEADLINE_SECONDS = 30;

  /// The first byte of a document: a CBOR list of four, tagged or not. No base64 begins so.
  private static boolean isDocument(byte[] output) {
    int first = output.length == 0 ? 0 : output[0] & 0xff;
    return first == 0x84 || first == 0xd2;
  }

  /// The document in base64.
  String document(String challenge, EcPublicJwk instance) {
    SequencedMap<String, Object> question = new LinkedHashMap<>();
    question.put("nonce", challenge);
    question.put("public_key", Base64.getEncoder().encodeToString(instance.subjectPublicKeyInfo()));
    byte[] output = run((Json.compact(question) + "\n").getBytes(StandardCharsets.UTF_8));
    if (isDocument(output)) {
      return Base64.getEncoder().encodeToString(output);
    }
    String text = new String(output, StandardCharsets.US_ASCII).strip();
    try {
      if (isDocument(Base64.getDecoder().decode(text))) {
        return text;
      }
    } catch (IllegalArgumentException notBase64) {
      // as any other output that is none
    }
    throw CliFailure.unreachable("%s answered no attestation document".formatted(path));
  }

  private byte[] run(byte[] question) {
    Process process;
    try {
      process = new ProcessBuilder(path).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException _) {
      throw CliFailure.unreachable("%s cannot be run".formatted(path));
    }
    try (InputStream out = process.getInputStream()) {
      CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> limited(out));
      try (OutputStream in = process.getOutputStream()) {
        in.write(question);
      } catch (IOException _) {
        // It did not want to know; its exit code says what that means.
      }
      byte[] answer = output.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw CliFailure.unreachable("%s failed".formatted(path));
      }
      return answer;
    } catch (TimeoutException | ExecutionException | IOException _) {
      throw CliFailure.unreachable(
          "%s answered nothing of at most 16 KiB within %d s".formatted(path, DEADLINE_SECONDS));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw CliFailure.unreachable("interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private static byte[] limited(InputStream out) {
    try {
      byte[] answer = out.readNBytes(LONGEST + 1);
      if (answer.length > LONGEST) {
        throw new IllegalStateException("too long");
      }
      return answer;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
