'use strict';
// Nx loads plugins as they are; a user's opq.config.ts is TypeScript, and inside this workspace so are the sources here.
process.env.TS_NODE_PROJECT ??= require.resolve('@opq/cli/tsconfig.run.json');
require('@swc-node/register');
module.exports = require('./src');
