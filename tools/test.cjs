'use strict';
// All tests, with every tool they need. Ends with one line: N passed, N failed, N skipped.
require('./bootstrap.cjs').bootstrap({ tests: true });
require('./run.cjs')('jest', process.argv.slice(2));
