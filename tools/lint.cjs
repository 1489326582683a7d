'use strict';
// The rule on module boundaries reads the project graph that Nx last wrote, and is silent without one.
const run = require('./run.cjs');

run('nx', ['show', 'projects']);
run('knip', ['--no-config-hints', '--no-progress']);
run.script('tools/documented.ts');
run('eslint', ['.', '--max-warnings', '0']);
run('prettier', ['--check', '--log-level', 'warn', '.']);
