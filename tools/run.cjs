'use strict';
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const environment = require('./environment.cjs');

const root = join(__dirname, '..');

/** Runs the command of a package by its arguments, from the root, on this terminal; ends this process when it fails. */
module.exports = function run(name, args) {
  const folder = join(root, 'node_modules', name);
  const { bin } = require(join(folder, 'package.json'));
  const program = join(folder, typeof bin === 'string' ? bin : bin[name]);
  const { status, error } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: environment,
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
