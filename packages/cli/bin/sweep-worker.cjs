'use strict';
// A process of `opq sweep`: loads what it does as bin/opq.cjs does.
const { join } = require('node:path');

process.env.TS_NODE_PROJECT ??= join(__dirname, '../tsconfig.run.json');
require('@swc-node/register');
require('../src/sweep-worker').serve();
