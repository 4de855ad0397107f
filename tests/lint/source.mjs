// The repository as the lint tests read it: its files, and C++ without comments and texts.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const skippedFolders = /^(\.git|node_modules|dist|data|build.*|test-results)$/;
const generated = new Set(['web/public/world.json']);
const textNames = /\.(cpp|hpp|h|cmake|txt|md|mjs|js|cjs|ts|tsx|css|html|json|toml|yml|yaml|sql|sh|supp|service|conf)$/;

function walk(folder, out) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!skippedFolders.test(entry.name)) walk(path, out);
    } else if (entry.isFile()) {
      out.push(relative(root, path).split(sep).join('/'));
    }
  }
  return out;
}

/** Every file of ours, as a path from the root. Not asked of git: a source archive has none. */
export const allFiles = walk(root, [])
  .filter((path) => !generated.has(path) && !path.endsWith('.log'))
  .sort();
export const read = (path) => readFileSync(join(root, path), 'utf8');

function isScript(path) {
  return !path.split('/').pop().includes('.') && read(path).startsWith('#!');
}
export const textFiles = allFiles.filter((path) => textNames.test(path) || isScript(path));
export const cppFiles = allFiles.filter((path) => /\.(cpp|hpp)$/.test(path));
export const productFiles = cppFiles.filter((path) => /^(include\/fieldcast|src)\//.test(path));

/** The module that a file belongs to: include/fieldcast/<module>/… or src/<module>/…; null for src/main.cpp. */
export function moduleOf(path) {
  return /^(?:include\/fieldcast|src)\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** C++ with comments and the insides of texts blanked; line numbers stay. */
export function withoutCommentsAndTexts(code) {
  const blank = (text) => text.replace(/[^\n]/g, ' ');
  return code.replace(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^()\\ ]{0,16})\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'/g,
    (match) => (match.startsWith('/') ? blank(match) : `"${blank(match.slice(1, -1))}"`),
  );
}

/** Lines that match, as "path:line: text". */
export function findLines(path, text, pattern) {
  const found = [];
  text.split('\n').forEach((line, index) => {
    if (pattern.test(line)) found.push(`${path}:${index + 1}: ${line.trim()}`);
  });
  return found;
}

export function includesOf(path) {
  const found = [];
  read(path)
    .split('\n')
    .forEach((line, index) => {
      const match = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(line);
      if (match) found.push({ at: `${path}:${index + 1}`, quoted: match[1] === '"', name: match[2] });
    });
  return found;
}
