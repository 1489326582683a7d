'use strict';
// As index.cjs; apart from it, so that inferring targets does not load what only generators need.
process.env.TS_NODE_PROJECT ??= require.resolve('@opq/cli/tsconfig.run.json');
require('@swc-node/register');
module.exports = require('./src/generators');
