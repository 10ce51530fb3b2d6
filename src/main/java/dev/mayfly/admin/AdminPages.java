package dev.mayfly.admin;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The console's files, as they are in the resource folder `admin`. A path without a dot is a
/// page: `/admin/welcome` is `welcome.html`, and `/admin` the index.
@ApplicationScoped
class AdminPages {
  private static final Pattern FILE =
      Pattern.compile("/admin/((?:[a-z0-9-]+/)?[a-z0-9-]+\\.[a-z]+)");
  private static final Pattern PAGE = Pattern.compile("/admin/([a-z]+)");
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  /// Only files that exist: their number is that of the folder's.
  private final Map<String, Page> pages = new ConcurrentHashMap<>();

  private record Page(String type, String tag, Buffer content) {}

  void publish(@Observes Router router) {
    // After the API's own routes, whose paths are below this one.
    router.get("/admin").order(1_000).handler(this::page);
    router.get("/admin/*").order(1_000).handler(this::page);
  }

  private void page(RoutingContext http) {
    name(http.request().path())
        .flatMap(this::find)
        .ifPresentOrElse(page -> send(http, page), http::next);
  }

  private static Optional<String> name(String path) {
    if (path.equals("/admin")) {
      return Optional.of("index.html");
    }
    Matcher page = PAGE.matcher(path);
    if (page.matches()) {
      return Optional.of(page.group(1) + ".html");
    }
    Matcher file = FILE.matcher(path);
    return file.matches() ? Optional.of(file.group(1)) : Optional.empty();
  }

  private Optional<Page> find(String name) {
    return Optional.ofNullable(pages.computeIfAbsent(name, AdminPages::load));
  }

  private static Page load(String name) {
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    if (type == null) {
      return null;
    }
    try (InputStream file =
        Thread.currentThread().getContextClassLoader().getResourceAsStream("admin/" + name)) {
      if (file == null) {
        return null;
      }
      byte[] bytes = file.readAllBytes();
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      String tag = Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
      return new Page(type, '"' + tag.substring(0, 22) + '"', Buffer.buffer(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void send(RoutingContext http, Page page) {
    HttpServerResponse response = http.response();
    response.putHeader("ETag", page.tag()).putHeader("Cache-Control", "no-cache");
    if (page.tag().equals(http.request().getHeader("If-None-Match"))) {
      response.setStatusCode(304).end();
    } else {
      response.putHeader("Content-Type", page.type()).end(page.content());
    }
  }
}
