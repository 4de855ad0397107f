// Sizes, names and format of the code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { allFiles, cppFiles, read, root, textFiles, withoutCommentsAndTexts } from './source.mjs';

const fileLinesMax = 400;
const functionLinesMax = 60;
const codeFiles = textFiles.filter((path) => /\.(cpp|hpp|mjs|js|ts|tsx)$/.test(path) || /^(run|test|scripts\/[^.]+)$/.test(path));

test(`no code file is longer than ${fileLinesMax} lines`, () => {
  const wrong = codeFiles
    .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > fileLinesMax)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
  assert.deepEqual(wrong, []);
});

/**
 * Functions of a C++ text as {line, lines, head}, by counting braces: a block outside of any function whose head
 * has a parameter list. Rough, and enough for a length.
 */
export function functionsOf(code) {
  const text = withoutCommentsAndTexts(code).replace(/^\s*#.*(?:\\\n.*)*$/gm, (match) => match.replace(/[^\n]/g, ' '));
  const found = [];
  let line = 1;
  let head = '';
  let headLine = 1;
  let depth = 0; // braces inside the current function or initialiser
  let start = null;
  for (let index = 0; index < text.length; ++index) {
    const char = text[index];
    if (char === '\n') ++line;
    if (depth > 0) {
      if (char === '{') ++depth;
      if (char === '}' && --depth === 0) {
        // `member_{…}, other_{…} {`: still the head of a constructor.
        const next = /^\s*([,{])/.exec(text.slice(index + 1, index + 200));
        if (next && start) head += ' x';
        else {
          if (start) found.push({ line: start.line, lines: line - start.line + 1, head: start.head });
          head = '';
        }
      }
      continue;
    }
    if (char === '{') {
      const container = /^\s*((template\s*<[^{]*>|inline|typedef|extern|export)\s*)*\b(namespace|class|struct|union|enum)\b/.test(head) &&
        !/\)\s*(const|noexcept|override|final)*\s*$/.test(head);
      const block = /^\s*(extern\s*"\s*")?\s*$/.test(head);
      if (container || block) {
        head = '';
        continue;
      }
      depth = 1;
      start = head.includes('(') ? { line: headLine, head: head.trim().replace(/\s+/g, ' ') } : null;
    } else if (char === ';' || char === '}' || (char === ':' && /^\s*(public|private|protected)$/.test(head))) {
      head = '';
    } else {
      if (head.trim() === '') headLine = line;
      head += char;
    }
  }
  return found;
}

test('the function counter counts', () => {
  const code = `namespace a {
class B : public C {
 public:
  B(int x) : x_{x}, y_(x) {
    if (x) { y(); }
  }
  int f() const { return 1; }
 private:
  int x_ = 0;
};
const T table[] = {{1, 2}, {3, 4}};
template <class T>
auto g(T t) -> int {
  auto l = [] { return 2; };
  return l();
}
}`;
  assert.deepEqual(
    functionsOf(code).map(({ line, lines }) => [line, lines]),
    [[4, 3], [7, 1], [12, 5]],
  );
});

test(`no C++ function is longer than ${functionLinesMax} lines`, () => {
  const wrong = cppFiles
    .flatMap((path) => functionsOf(read(path)).map((found) => ({ ...found, path })))
    .filter(({ lines }) => lines > functionLinesMax)
    .map(({ path, line, lines, head }) => `${path}:${line}: ${lines} lines: ${head.slice(0, 80)}`);
  assert.deepEqual(wrong, []);
});

const stems = ['util', 'helper', 'manager', 'common', 'misc'];
const stem = new RegExp(stems.join('|'), 'i');

test(`no file is named after ${stems.join(', ')}`, () => {
  assert.deepEqual(allFiles.filter((path) => stem.test(path)), []);
});

test(`no type is named after ${stems.join(', ')}`, () => {
  const wrong = textFiles
    .filter((path) => /\.(cpp|hpp|ts|tsx|mjs)$/.test(path))
    .flatMap((path) =>
      [...withoutCommentsAndTexts(read(path)).matchAll(/\b(?:class|struct|union|enum class|enum|interface|concept|namespace|type)\s+(\w+)/g)]
        .filter(([, name]) => stem.test(name))
        .map(([, name]) => `${path}: ${name}`),
    );
  assert.deepEqual(wrong, []);
});

test('clang-format has nothing to say', () => {
  const result = spawnSync('clang-format-14', ['--dry-run', '-Werror', ...cppFiles], { cwd: root, encoding: 'utf8' });
  assert.equal(result.error, undefined);
  const complaints = result.stderr.split('\n').filter((line) => /error:/.test(line));
  const files = [...new Set(complaints.map((line) => line.split(':')[0]))];
  assert.deepEqual(files, [], complaints.slice(0, 10).join('\n'));
  assert.equal(result.status, 0);
});

test('no C++ test sleeps', () => {
  const wrong = cppFiles
    .filter((path) => path.startsWith('tests/unit/'))
    .filter((path) => /\b(sleep_for|sleep_until|usleep|nanosleep)\b/.test(withoutCommentsAndTexts(read(path))));
  assert.deepEqual(wrong, []);
});
