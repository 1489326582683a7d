'use strict';
// The demo of the README: what is missing is installed, one Nx target does the rest, and its result stands at the end.
const { spawn } = require('node:child_process');
const { join } = require('node:path');
require('./bootstrap.cjs').bootstrap();

const nx = require.resolve('nx/package.json');
const child = spawn(
  process.execPath,
  [join(nx, '..', require(nx).bin.nx), 'run', 'deploy:cortex-m4', ...process.argv.slice(2)],
  {
    cwd: join(__dirname, '..'),
    stdio: ['inherit', 'pipe', 'inherit'],
    env: require('./environment.cjs'),
  },
);
let output = '';
child.stdout.on('data', (chunk) => {
  process.stdout.write(chunk);
  output += chunk;
});
// ctrl-C reaches the child as well; this process waits for it to clean up.
process.on('SIGINT', () => undefined);
child.on('close', (code) => {
  process.exitCode = code ?? 1;
  if (code !== 0) return;
  const result = output.split('\n').filter((line) => /^(accuracy|latency|bit-exact): /.test(line));
  process.stdout.write(`\n${result.join('\n')}\n`);
});
