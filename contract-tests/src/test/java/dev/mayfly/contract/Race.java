package dev.mayfly.contract;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Many requests at the same moment, over connections that are already open.
final class Race {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .sslContext(Broker.TLS)
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  private Race() {}

  static List<HttpResponse<String>> run(List<HttpRequest> requests) {
    var start = new CyclicBarrier(requests.size());
    var runners = new ArrayList<Callable<HttpResponse<String>>>();
    for (HttpRequest request : requests) {
      runners.add(
          () -> {
            start.await();
            return send(request);
          });
    }
    return all(runners);
  }

  /// Over a connection that is kept for the next one.
  static HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return send(CLIENT, request);
  }

  static HttpResponse<String> send(HttpClient client, HttpRequest request)
      throws IOException, InterruptedException {
    var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    Decency.check(
        "a racing request",
        List.of(),
        "",
        answer.statusCode(),
        answer.headers().toString(),
        answer.body());
    return answer;
  }

  /// Runs the tasks in parallel and gives their results in the same order.
  static <T> List<T> all(List<? extends Callable<T>> tasks) {
    return all(tasks, Executors.newVirtualThreadPerTaskExecutor());
  }

  /// The same, so many at a time.
  static <T> List<T> all(List<? extends Callable<T>> tasks, int atOnce) {
    return all(tasks, Executors.newFixedThreadPool(atOnce));
  }

  private static <T> List<T> all(List<? extends Callable<T>> tasks, ExecutorService runners) {
    try (var threads = runners) {
      var results = new ArrayList<T>();
      for (Future<T> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
