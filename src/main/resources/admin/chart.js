// Pictures of numbers, as small SVG made here: a line with its area, and bars. Each says in words what it shows.

const SVG = "http://www.w3.org/2000/svg";

function part(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function picture(width, height, label, kind) {
  const made = part("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", class: kind, role: "img" });
  made.setAttribute("aria-label", label);
  return made;
}

/** A line with its area, from left to right; its lowest point is nothing. */
export function trend(numbers, label, kind = "") {
  const [width, height] = [240, 48];
  const most = Math.max(1, ...numbers);
  const points = numbers.map((number, place) => [
    ((place * width) / (numbers.length - 1)).toFixed(1),
    (height - 2 - (number / most) * (height - 6)).toFixed(1),
  ]);
  const line = "M" + points.map((point) => point.join(" ")).join("L");
  const made = picture(width, height, label, `trend ${kind}`);
  made.append(
    part("path", { d: `${line}L${width} ${height}L0 ${height}Z`, class: "area" }),
    part("path", { d: line, class: "line", "vector-effect": "non-scaling-stroke" }),
  );
  return made;
}

/** A bar as long as its share of the longest. */
export function bar(number, most, kind = "") {
  const made = picture(100, 8, "", `bar ${kind}`);
  made.setAttribute("aria-hidden", "true");
  const width = number ? Math.max(1, (100 * number) / Math.max(1, most)) : 0;
  made.append(part("rect", { x: 0, y: 0, width: width.toFixed(1), height: 8 }));
  return made;
}

/**
 * Spans on one time axis. `rows`: each a list of `{from, to, kind}`, instants in milliseconds; `now` is a line through all
 * of them.
 */
export function spans(row, begin, end, now, label) {
  const width = 1000;
  const x = (instant) => ((Math.min(Math.max(instant, begin), end) - begin) / (end - begin)) * width;
  const made = picture(width, 16, label, "spans");
  for (const { from, to, kind } of row) {
    made.append(part("rect", { x: x(from).toFixed(1), y: 3, width: Math.max(2, x(to) - x(from)).toFixed(1), height: 10, class: kind }));
  }
  made.append(part("rect", { x: x(now).toFixed(1), y: 0, width: 2, height: 16, class: "now" }));
  return made;
}
