package dev.mayfly.contract;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
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
            var answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
            Decency.check(
                "a racing request",
                List.of(),
                "",
                answer.statusCode(),
                answer.headers().toString(),
                answer.body());
            return answer;
          });
    }
    return all(runners);
  }

  /// Runs the tasks in parallel and gives their results in the same order.
  static <T> List<T> all(List<? extends Callable<T>> tasks) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
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
