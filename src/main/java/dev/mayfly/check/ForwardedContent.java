package dev.mayfly.check;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The content that a proxy sends along with its question: Envoy can, the others cannot. It is read
/// where a signature may have to be held against it, 64 KiB at most.
final class ForwardedContent {
  private static final int MOST = 64 * 1024;

  /// By these a request says that it is signed.
  static final List<String> SIGNED = List.of("Signature", "Mayfly-Signature");

  private static final List<CharSequence> NAMES =
      SIGNED.stream().map(HttpHeaders::createOptimized).toList();

  private final Buffer content = Buffer.buffer();
  private boolean isTooLong;

  private ForwardedContent() {}

  /// `then` gets no bytes where none were sent along, and nothing where they are too many. To be
  /// called before anything else has waited.
  static void read(HttpServerRequest request, Consumer<Optional<Buffer>> then) {
    if (!isSigned(request) || !mayHaveContent(request)) {
      then.accept(Optional.of(Buffer.buffer()));
      return;
    }
    ForwardedContent read = new ForwardedContent();
    request.handler(read::add);
    request.endHandler(
        _ -> then.accept(read.isTooLong ? Optional.empty() : Optional.of(read.content)));
  }

  private static boolean isSigned(HttpServerRequest request) {
    for (CharSequence name : NAMES) {
      if (request.headers().contains(name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayHaveContent(HttpServerRequest request) {
    boolean asksByGet =
        request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    return !request.isEnded()
        && (!asksByGet
            || request.headers().contains("Content-Length")
            || request.headers().contains("Transfer-Encoding"));
  }

  private void add(Buffer more) {
    isTooLong |= content.length() + more.length() > MOST;
    if (!isTooLong) {
      content.appendBuffer(more);
    }
  }
}
