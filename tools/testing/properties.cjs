'use strict';
// Properties see the same cases in every run; OPQ_SEED looks elsewhere, OPQ_RUNS looks longer.
const fc = require('fast-check');

fc.configureGlobal({
  seed: Number(process.env.OPQ_SEED ?? 20210202),
  ...(process.env.OPQ_RUNS && { numRuns: Number(process.env.OPQ_RUNS) }),
});
