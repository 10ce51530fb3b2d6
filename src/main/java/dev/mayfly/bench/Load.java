package dev.mayfly.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/// Requests over 16 open connections, from one thread; over several servers by turns.
final class Load implements AutoCloseable {
  static final int CONNECTIONS = 16;

  /// How long the last answers may take once nothing is asked any more.
  private static final Duration ANSWERED = Duration.ofMinutes(1);

  private static final Duration PREPARATION = Duration.ofMinutes(5);

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client;
  private final List<URI> targets;
  private final int connections;

  Load(URI target) {
    this(target, CONNECTIONS);
  }

  /// Over plain HTTP where the target is one: TLS costs each server the same.
  Load(URI target, int connections) {
    this(List.of(target), connections);
  }

  /// `targets`: at least one.
  Load(List<URI> targets, int connections) {
    this.targets = List.copyOf(targets);
    this.connections = connections;
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setSsl("https".equals(targets.getFirst().getScheme()))
                .setMaxPoolSize(connections)
                .setKeepAlive(true)
                .setMaxWaitQueueSize(-1));
  }

  /// What came of it. Times are microseconds.
  ///
  /// @param failures what was not answered with 200; `failed` says how one was
  /// @param statuses how many answers of each; 0: no answer
  /// @param unexplained refusals for now, 429 and 503, without `Retry-After`
  record Outcome(
      long requests,
      long failures,
      double seconds,
      Histogram latencies,
      String failed,
      SortedMap<Integer, Long> statuses,
      long unexplained) {
    Outcome {
      statuses = Collections.unmodifiableSortedMap(new TreeMap<>(statuses));
    }

    double perSecond() {
      return requests / seconds;
    }
  }

  /// As fast as the target answers: the next request on a connection when the last is answered.
  Outcome closed(Supplier<Optional<Ask>> asks, Duration time) {
    Run run = new Run(asks, time);
    vertx.runOnContext(
        _ -> {
          for (int i = 0; i < connections; i++) {
            run.again(target(i));
          }
        });
    return run.await();
  }

  /// Each once, beside what is measured.
  /// Errors: [BenchException] where one is not answered with 200.
  void send(List<Ask> asks) {
    ConcurrentLinkedQueue<Ask> queue = new ConcurrentLinkedQueue<>(asks);
    Outcome outcome = closed(() -> Optional.ofNullable(queue.poll()), PREPARATION);
    if (outcome.failures() > 0 || outcome.requests() < asks.size()) {
      throw new BenchException(
          "while making ready: %d of %d answered; %s"
              .formatted(outcome.requests() - outcome.failures(), asks.size(), outcome.failed()));
    }
  }

  /// At a given rate, whether or not the target keeps up: a request's time counts from when it was
  /// due, so that none that waited is forgotten.
  Outcome open(Supplier<Optional<Ask>> asks, Duration time, double perSecond) {
    Run run = new Run(asks, time);
    vertx.runOnContext(_ -> run.pace(perSecond, Long.MAX_VALUE));
    return run.await();
  }

  /// As [#open], by callers who do not wait for a connection: what is due while all are busy is
  /// not sent.
  Outcome rush(Supplier<Optional<Ask>> asks, Duration time, double perSecond) {
    Run run = new Run(asks, time);
    vertx.runOnContext(_ -> run.pace(perSecond, connections));
    return run.await();
  }

  private URI target(long turn) {
    return targets.get((int) (turn % targets.size()));
  }

  /// On one event loop, so that nothing in it needs a lock.
  private final class Run {
    private final Supplier<Optional<Ask>> asks;
    private final long begin = System.nanoTime();
    private final long end;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Histogram latencies = new Histogram(TimeUnit.MINUTES.toMicros(2), 3);
    private long requests;
    private long failures;
    private String failed = "";
    private final SortedMap<Integer, Long> statuses = new TreeMap<>();
    private long unexplained;
    private int inFlight;
    private boolean exhausted;
    private long last = begin;

    private Run(Supplier<Optional<Ask>> asks, Duration time) {
      this.asks = asks;
      this.end = begin + time.toNanos();
    }

    private void again(URI target) {
      if (!send(target, System.nanoTime(), () -> again(target))) {
        finish();
      }
    }

    private void pace(double perSecond, long mostInFlight) {
      long[] sent = {0};
      vertx.setPeriodic(
          1,
          timer -> {
            long due = (long) ((System.nanoTime() - begin) * perSecond / 1e9);
            while (sent[0] < due) {
              long at = begin + (long) (sent[0] * 1e9 / perSecond);
              if (inFlight < mostInFlight && !send(target(sent[0]), at, this::finish)) {
                vertx.cancelTimer(timer);
                finish();
                return;
              }
              sent[0]++;
            }
          });
    }

    private boolean send(URI target, long due, Runnable then) {
      Optional<Ask> ask = exhausted || System.nanoTime() - end >= 0 ? Optional.empty() : asks.get();
      if (ask.isEmpty()) {
        exhausted = true;
        return false;
      }
      inFlight++;
      exchange(target, ask.get(), due, then);
      return true;
    }

    private void exchange(URI target, Ask ask, long due, Runnable then) {
      RequestOptions options =
          new RequestOptions()
              .setHost(target.getHost())
              .setPort(target.getPort() < 0 ? 443 : target.getPort())
              .setMethod(ask.form().isEmpty() ? HttpMethod.GET : HttpMethod.POST)
              .setURI(ask.path());
      List<String> headers = ask.headers();
      for (int i = 0; i < headers.size(); i += 2) {
        options.putHeader(headers.get(i), headers.get(i + 1));
      }
      client
          .request(options)
          .compose(
              request ->
                  ask.form()
                      .map(form -> request.send(Buffer.buffer(form)))
                      .orElseGet(request::send))
          .compose(response -> response.body().map(body -> new Answer(response, body)))
          .onComplete(
              result -> {
                inFlight--;
                last = System.nanoTime();
                requests++;
                latencies.recordValue(Math.max(1, TimeUnit.NANOSECONDS.toMicros(last - due)));
                int status = result.succeeded() ? result.result().response().statusCode() : 0;
                statuses.merge(status, 1L, Long::sum);
                if ((status == 429 || status == 503)
                    && result.result().response().getHeader("Retry-After") == null) {
                  unexplained++;
                }
                if (status == 200) {
                  ask.answered().accept(result.result().body().toString());
                } else {
                  failures++;
                  failed =
                      result.succeeded()
                          ? result.result().response().statusCode() + " " + result.result().body()
                          : String.valueOf(result.cause());
                }
                then.run();
              });
    }

    private void finish() {
      if (exhausted && inFlight == 0) {
        over.countDown();
      }
    }

    private Outcome await() {
      try {
        long left = end - System.nanoTime() + ANSWERED.toNanos();
        if (!over.await(left, TimeUnit.NANOSECONDS)) {
          throw new IllegalStateException("the target does not answer");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      return new Outcome(
          requests, failures, (last - begin) / 1e9, latencies, failed, statuses, unexplained);
    }
  }

  private record Answer(HttpClientResponse response, Buffer body) {}

  @Override
  public void close() {
    client.close();
    vertx.close();
  }
}
