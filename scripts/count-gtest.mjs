// Adds up what GoogleTest programs wrote by --gtest_output=json: prints "passed failed skipped".
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of process.argv.slice(2)) {
  for (const suite of JSON.parse(readFileSync(file, 'utf8')).testsuites) {
    for (const test of suite.testsuite) {
      if (test.failures?.length) ++failed;
      else if (test.status !== 'RUN' || test.result !== 'COMPLETED') ++skipped;
      else ++passed;
    }
  }
}
console.log(passed, failed, skipped);
