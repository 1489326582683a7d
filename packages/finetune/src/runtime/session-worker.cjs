'use strict';
// Threads start from nothing: in the workspace they load the sources as everything else does, in a published package the
// compiled files.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const source = join(__dirname, 'session-worker.ts');
if (existsSync(source)) require('@swc-node/register');
module.exports = require(existsSync(source) ? source : './session-worker.js').serve();
