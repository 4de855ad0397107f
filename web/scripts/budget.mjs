// Measures dist against the budgets and fails when one is broken. Sizes are gzipped, as sent.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = new URL("../dist/", import.meta.url);
if (!existsSync(dist)) {
  console.error(`${fileURLToPath(dist)} is missing: npm run build`);
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const size = (file) => {
  const bytes = readFileSync(new URL(file, dist));
  // Fonts are compressed already.
  return file.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 9 }).length;
};

/** A chunk with what it imports at once; not what it loads later. */
function withImports(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const each of manifest[key].imports ?? []) withImports(each, seen);
  return seen;
}
const filesOf = (keys) => new Set([...keys].flatMap((key) => [manifest[key].file, ...(manifest[key].css ?? [])]));
const assets = readdirSync(new URL("assets/", dist)).map((name) => `assets/${name}`);
const asset = (pattern) => {
  const found = assets.filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`${pattern}: ${found.length} files`);
  return found[0];
};

const map = "src/features/live/MapView.tsx";
const shell = new Set([
  "index.html",
  "icon.svg",
  ...filesOf(withImports("index.html")),
  asset(/inter-latin-wght-normal.*\.woff2$/u),
]);
const route = new Set([...shell, ...filesOf(withImports(map)), asset(/maplibre-gl-worker.*\.js$/u)]);
const world = new Set([asset(/world.*\.json$/u)]);

const budgets = [
  ["shell before the map", shell, 180],
  ["live route with worker", route, 640],
  ["base map of the world", world, 240],
];
let broken = false;
for (const [name, files, limitKb] of budgets) {
  const kb = [...files].reduce((sum, file) => sum + size(file), 0) / 1024;
  const over = kb > limitKb;
  broken ||= over;
  console.log(`${over ? "OVER" : "ok  "}  ${name.padEnd(24)} ${kb.toFixed(1).padStart(7)} KB of ${limitKb}`);
  if (over) for (const file of files) console.log(`        ${(size(file) / 1024).toFixed(1).padStart(7)} KB  ${file}`);
}
process.exit(broken ? 1 : 0);
