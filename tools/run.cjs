'use strict';
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const environment = require('./environment.cjs');

const root = join(__dirname, '..');

/** Runs Node from the root, on this terminal; ends this process when that fails. */
function node(args) {
  const { status, error } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment,
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs the command of a package by its arguments. */
module.exports = function run(name, args) {
  const folder = join(root, 'node_modules', name);
  const { bin } = require(join(folder, 'package.json'));
  node([join(folder, typeof bin === 'string' ? bin : bin[name]), ...args]);
};

/** Runs a file of TypeScript, by its path from the root. */
module.exports.script = (path) => node(['-r', '@swc-node/register', path]);
