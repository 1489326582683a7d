import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeWithTools } from '../../tools/testing';

const root = resolve(__dirname, '../..');
const EXAMPLE = 'third-party-backend';

function node(env: NodeJS.ProcessEnv, ...args: readonly string[]) {
  return spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 900_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, ...env },
  });
}

const bin = (name: string): string => resolve(root, 'node_modules', name);

/** What an inference of the same network takes on a Cortex-M0+ in QEMU, in the middle of the first samples. */
function instructionsOnQemu(samples: number): number {
  const data = ['--data', 'mnist', '--data-scale', '1/255', '--samples', String(samples)];
  const model = ['--model', join(root, 'tools/bench/models/demo.opq')];
  const program = bin('@opq/cli/bin/opq.cjs');
  const run = node({}, program, 'hil', 'qemu-cortex-m0plus', ...model, ...data, '--json');
  const { latency } = JSON.parse(run.stdout);
  expect(latency.kind).toBe('instructions');
  return latency.value;
}

describeWithTools(
  'arm-none-eabi-gcc',
  'gcc',
  'npm',
  'qemu-system-arm',
)('a backend that somebody else wrote', () => {
  test('is built, tested, installed and measured outside the workspace, and nothing is left of it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'opq-e2e-'));
    try {
      const run = node({ TMPDIR: folder }, '-r', '@swc-node/register', 'tools/third-party.ts', '--json');
      expect({ status: run.status, stderr: run.status === 0 ? '' : run.stderr }).toEqual({
        status: 0,
        stderr: '',
      });
      const { tests, deploy, flash, hil, wrongVersion } = JSON.parse(run.stdout);
      // 18 of conformance, what holds them, and five of its own.
      expect(tests).toEqual({ passed: 24, failed: 0, skipped: 0 });
      expect(deploy).toMatchObject({ device: 'rp2040', bitExact: { equal: 5, total: 5 }, selfTest: true });
      expect(flash).toMatchObject({ loader: 'rp2040-rom', chip: 'RPI-RP2' });
      expect(flash.fileBytes).toBe(512 * Math.ceil(flash.bytes / 256));
      expect(hil).toMatchObject({ device: 'rp2040', bitExact: { equal: 50, total: 50 }, selfTest: true });
      expect(hil.accuracy.board).toBe(hil.accuracy.host);
      expect(hil.accuracy.board).toBeGreaterThan(0.9);
      expect(hil.latency.kind).toBe('instructions');
      // Two emulators that have nothing in common: they differ in what reading the timer takes.
      expect(Math.abs(hil.latency.value - instructionsOnQemu(50))).toBeLessThan(16);
      expect(wrongVersion).toMatchObject({ code: 1, output: '' });
      expect(wrongVersion.problems).toMatch(
        /^error OPQ0602: Backend rp2040 .*version 99 .*version 1\.\n {2}\S.*\n$/,
      );
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 960_000);
});

test('the example is no part of the workspace', () => {
  const npm = spawnSync('npm', ['query', '.workspace'], { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect(npm.stdout).toContain('@opq/cli');
  expect(npm.stdout).not.toContain('opq-backend-rp2040');
  const projects = node({}, bin('nx/dist/bin/nx.js'), 'show', 'projects').stdout;
  expect(projects).toContain('@opq/cli');
  expect(projects).not.toContain('rp2040');
  const compiled = node({}, bin('typescript/bin/tsc'), '-p', 'tsconfig.json', '--listFilesOnly').stdout;
  expect(compiled).toContain('e2e/test/third-party.test.ts');
  expect(compiled).not.toContain(EXAMPLE);
  const linted = node({}, bin('eslint/bin/eslint.js'), `e2e/${EXAMPLE}/src/index.ts`);
  expect(linted.stdout).toMatch(/File ignored/);
}, 240_000);
