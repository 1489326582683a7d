'use strict';
// All tests, with every tool they need. Ends with one line: N passed, N failed, N skipped.
require('./bootstrap.cjs').bootstrap({ tests: true });
// Emulators leave processors idle often enough for as many suites as there are processors.
require('./run.cjs')('jest', ['--maxWorkers=100%', ...process.argv.slice(2)]);
