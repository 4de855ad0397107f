// Puts a .gz and a .br beside every file of dist that gains by it; the server sends those.

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const COMPRESSIBLE = /\.(html|js|mjs|css|json|svg|txt)$/u;
const MIN_BYTES = 1024;

let [files, plain, small] = [0, 0, 0];
for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name);
  if (!COMPRESSIBLE.test(name) || !statSync(path).isFile()) continue;
  const bytes = readFileSync(path);
  if (bytes.length < MIN_BYTES) continue;
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const made = { br: brotli, gz: gzipSync(bytes, { level: 9 }) };
  for (const [extension, compressed] of Object.entries(made)) {
    if (compressed.length < bytes.length) writeFileSync(`${path}.${extension}`, compressed);
    else rmSync(`${path}.${extension}`, { force: true });
  }
  files++;
  plain += bytes.length;
  small += brotli.length;
}
const kb = (bytes) => `${Math.round(bytes / 1024)} KB`;
console.log(`compressed ${files} files: ${kb(plain)} → ${kb(small)} (brotli)`);
