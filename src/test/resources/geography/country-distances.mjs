// Makes country-distances.txt out of Natural Earth's country boundaries (public domain), as the npm package
// world-atlas 2.0.2 has them:
//   npm install world-atlas@2.0.2 topojson-client@3.1.0 i18n-iso-countries@7.14.0
//   node country-distances.mjs > country-distances.txt
// The boundaries are thinned out to points that are never more than 40 km from a point of the boundary; so 80 km are
// taken off each distance, and the rest is rounded down: what is written is never more than the real one.
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { feature } = require('topojson-client');
const iso = require('i18n-iso-countries');
const atlas = require('world-atlas/countries-10m.json');

const EARTH = 6371, MARGIN = 80, STEP = 10;
const CELL = 0.25; // degrees: half a diagonal is less than 20 km
const vector = (lon, lat) => {
  const l = lon * Math.PI / 180, f = lat * Math.PI / 180;
  return [Math.cos(f) * Math.cos(l), Math.cos(f) * Math.sin(l), Math.sin(f)];
};

const points = new Map();
for (const country of feature(atlas, atlas.objects.countries).features) {
  const code = country.id && iso.numericToAlpha2(country.id);
  if (!code) continue;
  const cells = points.get(code) ?? new Map();
  points.set(code, cells);
  const polygons = country.geometry.type === 'Polygon' ? [country.geometry.coordinates] : country.geometry.coordinates;
  for (const polygon of polygons) for (const ring of polygon) {
    for (let i = 0; i < ring.length; i++) {
      const [lon, lat] = ring[i], [toLon, toLat] = ring[Math.min(i + 1, ring.length - 1)];
      const far = Math.hypot((toLon - lon) * Math.cos(lat * Math.PI / 180), toLat - lat) * 111;
      const parts = Math.max(1, Math.ceil(far / STEP));
      for (let k = 0; k < parts; k++) {
        const x = Math.round((lon + (toLon - lon) * k / parts) / CELL) * CELL;
        const y = Math.round((lat + (toLat - lat) * k / parts) / CELL) * CELL;
        cells.set(x + ' ' + y, vector(x, y));
      }
    }
  }
}

const codes = [...points.keys()].sort();
const flat = new Map(codes.map(code => [code, Float64Array.from([...points.get(code).values()].flat())]));
console.log('# The least distance between any two places of two countries, in hundreds of kilometres, rounded down: on each');
console.log('# line a country, and its distances to those of the lines above. Computed from the boundaries of Natural Earth');
console.log('# (naturalearthdata.com, public domain, version 4.1) by src/test/resources/geography/country-distances.mjs.');
codes.forEach((code, row) => {
  const a = flat.get(code);
  const distances = codes.slice(0, row).map(other => {
    const b = flat.get(other);
    let closest = -1;
    for (let i = 0; i < a.length; i += 3) {
      const x = a[i], y = a[i + 1], z = a[i + 2];
      for (let j = 0; j < b.length; j += 3) {
        const dot = x * b[j] + y * b[j + 1] + z * b[j + 2];
        if (dot > closest) closest = dot;
      }
    }
    return Math.max(0, Math.floor((Math.acos(Math.min(1, closest)) * EARTH - MARGIN) / 100));
  });
  console.log([code, ...distances].join(' '));
});
