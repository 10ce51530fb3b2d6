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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/// Requests over 16 open connections, from one thread.
final class Load implements AutoCloseable {
  static final int CONNECTIONS = 16;

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client;

  /// Plain HTTP: TLS costs each server the same.
  Load(URI target) {
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setDefaultHost(target.getHost())
                .setDefaultPort(target.getPort())
                .setMaxPoolSize(CONNECTIONS)
                .setKeepAlive(true)
                .setMaxWaitQueueSize(-1));
  }

  /// What came of it. Times are microseconds.
  record Outcome(long requests, long failures, double seconds, Histogram latencies, String failed) {
    double perSecond() {
      return requests / seconds;
    }
  }

  /// As fast as the target answers: the next request on a connection when the last is answered.
  Outcome closed(Supplier<Optional<Ask>> asks, Duration time) {
    Run run = new Run(asks, time);
    vertx.runOnContext(
        _ -> {
          for (int i = 0; i < CONNECTIONS; i++) {
            run.again();
          }
        });
    return run.await();
  }

  /// At a given rate, whether or not the target keeps up: a request's time counts from when it was
  /// due, so that none that waited is forgotten.
  Outcome open(Supplier<Optional<Ask>> asks, Duration time, double perSecond) {
    Run run = new Run(asks, time);
    vertx.runOnContext(_ -> run.pace(perSecond));
    return run.await();
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
    private int inFlight;
    private boolean exhausted;
    private long last = begin;

    private Run(Supplier<Optional<Ask>> asks, Duration time) {
      this.asks = asks;
      this.end = begin + time.toNanos();
    }

    private void again() {
      if (!send(System.nanoTime(), this::again)) {
        finish();
      }
    }

    private void pace(double perSecond) {
      long[] sent = {0};
      vertx.setPeriodic(
          1,
          timer -> {
            long due = (long) ((System.nanoTime() - begin) * perSecond / 1e9);
            while (sent[0] < due) {
              long at = begin + (long) (sent[0] * 1e9 / perSecond);
              if (!send(at, this::finish)) {
                vertx.cancelTimer(timer);
                finish();
                return;
              }
              sent[0]++;
            }
          });
    }

    private boolean send(long due, Runnable then) {
      Optional<Ask> ask = exhausted || System.nanoTime() - end >= 0 ? Optional.empty() : asks.get();
      if (ask.isEmpty()) {
        exhausted = true;
        return false;
      }
      inFlight++;
      exchange(ask.get(), due, then);
      return true;
    }

    private void exchange(Ask ask, long due, Runnable then) {
      RequestOptions options =
          new RequestOptions()
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
                if (result.succeeded() && result.result().response().statusCode() == 200) {
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
        if (!over.await(10, TimeUnit.MINUTES)) {
          throw new IllegalStateException("the target does not answer");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
      return new Outcome(requests, failures, (last - begin) / 1e9, latencies, failed);
    }
  }

  private record Answer(HttpClientResponse response, Buffer body) {}

  @Override
  public void close() {
    client.close();
    vertx.close();
  }
}
