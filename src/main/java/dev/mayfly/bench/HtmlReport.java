package dev.mayfly.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/// The table as one page that needs nothing else: a bar for each kind of request, broker and
/// PostgreSQL apart, with a mark where it ought to end.
final class HtmlReport {
  private static final int WIDTH = 640;
  private static final int ROW = 34;
  private static final int NAME = 130;

  private final List<Measured> lines;
  private final Bench.Table table;
  private final Instant at;

  HtmlReport(Bench.Table table, Instant at) {
    this.table = table;
    this.lines = table.measured();
    this.at = at;
  }

  void write(Path file) throws IOException {
    Files.writeString(file, page());
  }

  String page() {
    return """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Mayfly: what a request costs</title>
        <style>
          :root { color-scheme: light dark; --broker: #2f6fb0; --postgres: #8fb8dd; --over: #b4452f; }
          body { font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
          table { border-collapse: collapse; width: 100%%; font-variant-numeric: tabular-nums; }
          th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
          th:first-child, td:first-child { text-align: left; }
          .over { color: var(--over); font-weight: 600; }
          svg { width: 100%%; height: auto; }
          svg text { font: 13px system-ui, sans-serif; fill: currentColor; }
        </style>
        <h1>What a request costs</h1>
        <p>%s. Microseconds of processor time per request under full load over %d connections: broker (dark) and
        PostgreSQL (light); the line across a bar is the aim.</p>
        %s
        <table>
          <tr><th>request<th>per second<th>broker<th>JIT<th>PostgreSQL<th>both<th>aim<th>commits<th>signatures<th>p50 ms<th>p99 ms<th>p99.9 ms</tr>
        %s</table>
        <p>Percentiles at half of the rate, counted from when a request was due. JIT: the part of the broker's time that its
        compilers took. The broker holds %d MiB at the end.</p>
        %s</html>
        """
        .formatted(at, Load.CONNECTIONS, chart(), rows(), table.memory() / 1024, floors());
  }

  private String chart() {
    double longest = lines.stream().mapToDouble(HtmlReport::reach).max().orElse(1);
    double scale = (WIDTH - NAME - 60) / longest;
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"the table below as bars\">\n"
            .formatted(WIDTH, lines.size() * ROW));
    for (int i = 0; i < lines.size(); i++) {
      bar(svg, lines.get(i), i * ROW, scale);
    }
    return svg.append("</svg>").toString();
  }

  private static double reach(Measured line) {
    return Math.max(line.full().both(), Aim.of(line.name()).orElse(0));
  }

  private static void bar(StringBuilder svg, Measured line, int y, double scale) {
    double broker = line.full().server() * scale;
    double postgres = line.full().database() * scale;
    svg.append("<text x=\"0\" y=\"%d\">%s</text>%n".formatted(y + 21, line.name()));
    svg.append(rectangle(NAME, y, broker, "broker"));
    svg.append(rectangle(NAME + broker, y, postgres, "postgres"));
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%d\">%.0f</text>\n",
            NAME + broker + postgres + 6,
            y + 21,
            line.full().both()));
    Aim.of(line.name())
        .ifPresent(
            aim ->
                svg.append(
                    String.format(
                        Locale.ROOT,
                        "<path d=\"M%.1f %dv24\" stroke=\"currentColor\" stroke-width=\"2\"/>\n",
                        NAME + aim * scale,
                        y + 4)));
  }

  private static String rectangle(double x, int y, double width, String part) {
    return String.format(
        Locale.ROOT,
        "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"20\" style=\"fill:var(--%s)\"/>\n",
        x,
        y + 6,
        width,
        part);
  }

  private String rows() {
    StringBuilder rows = new StringBuilder();
    for (Measured line : lines) {
      String over = line.isOverItsAim() ? " class=\"over\"" : "";
      rows.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s<td>%.0f<td>%.0f<td>%.1f<td>%.0f<td%s>%.0f<td>%s<td>%.2f<td>%.2f<td>%s<td>%s<td>%s</tr>\n",
              line.name(),
              line.full().perSecond(),
              line.full().server(),
              line.full().compiling(),
              line.full().database(),
              over,
              line.full().both(),
              Aim.of(line.name()).map(String::valueOf).orElse(""),
              line.full().commits(),
              line.signatures(),
              line.millis(50),
              line.millis(99),
              line.millis(99.9)));
    }
    return rows.toString();
  }

  private String floors() {
    StringBuilder list = new StringBuilder("<ul>\n");
    for (Floors.Floor floor : table.floors()) {
      list.append(
          String.format(Locale.ROOT, "<li>%.1f: %s</li>\n", floor.microseconds(), floor.what()));
    }
    return table.floors().isEmpty() ? "" : list.append("</ul>\n").toString();
  }
}
