/** The example of a backend that somebody else wrote, on the packages that are installed already. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readPage } from '../../tools/docs/markdown';
import { root } from '../../tools/docs/repository';
import { folder, node, project, tarballs } from './place';

/** What an inference of the same network takes on a Cortex-M0+ in QEMU, in the middle of the first samples. */
function instructionsOnQemu(samples: number): number {
  const data = ['--data', 'mnist', '--data-scale', '1/255', '--samples', String(samples)];
  const model = ['--model', join(root, 'tools/bench/models/demo.opq')];
  const program = join(root, 'node_modules/@opq/cli/bin/opq.cjs');
  const { latency } = JSON.parse(
    node([program, 'hil', 'qemu-cortex-m0plus', ...model, ...data, '--json'], root),
  );
  expect(latency.kind).toBe('instructions');
  return latency.value;
}

/** Shows what comes out of the tool. */
const PAGE = 'docs/guide/a-new-chip.md';
const COUNT = /\d+(?= instructions)/;
const countIn = (output: string): number => Number(COUNT.exec(output)?.[0]);

export function thirdPartyRuns(): void {
  test('is built, tested, installed and measured, and nothing is left of it', () => {
    const temporary = mkdtempSync(join(folder, 'temporary-'));
    const tool = ['-r', '@swc-node/register', 'tools/third-party.ts', '--json'];
    const run = spawnSync(
      process.execPath,
      [...tool, '--tarballs', tarballs, '--project', project],
      { cwd: root, encoding: 'utf8', timeout: 900_000, maxBuffer: 1 << 26, env: { ...process.env, TMPDIR: temporary } }, // prettier-ignore
    );
    const { status, stderr } = run;
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const { tests, deploy, flash, hil, wrongVersion, text } = JSON.parse(run.stdout);
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
    expect(readdirSync(temporary)).toEqual([]);
    const shown = readPage(PAGE).code.find(({ text }) => text.startsWith('tests of the package'))?.text ?? '';
    const told = `${text.join('\n')}\n`;
    expect([PAGE, shown.replace(COUNT, 'N')]).toEqual([PAGE, told.replace(COUNT, 'N')]);
    // Another compiler may need a few instructions more or less; kernels that have changed show.
    expect(Math.abs(countIn(shown) / countIn(told) - 1)).toBeLessThan(0.01);
  });
}
