/** A hundred thousand generated cases of kernels on the host, and two thousand on each emulated core. */
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const root = join(__dirname, '..');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/jest/bin/jest.js'), '--selectProjects', 'kernels', '--runInBand'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, OPQ_KERNEL_CASES: process.env.OPQ_KERNEL_CASES ?? '100000' },
  },
);
process.exit(status ?? 1);
