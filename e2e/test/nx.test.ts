import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { readPage } from '../../tools/docs/markdown';
import { areInstalled, describeWithTools } from '../../tools/testing';

const root = resolve(__dirname, '../..');
const environment = jest.requireActual<NodeJS.ProcessEnv>('../../tools/environment.cjs');

function nx(...args: readonly string[]) {
  const program = resolve(root, 'node_modules/nx/dist/bin/nx.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    encoding: 'utf8',
    timeout: 400_000,
    env: environment,
  });
  return { status, text: stdout + stderr };
} // prettier-ignore

describeWithTools('arm-none-eabi-gcc', 'qemu-system-arm')('nx run', () => {
  test('deploy:cortex-m3 measures; compress and emit come from the cache the second time', () => {
    const first = nx('run', 'deploy:cortex-m3', '--samples=5');
    expect(first.text).toContain('bit-exact: 5 of 5 outputs equal');
    expect(first.status).toBe(0);
    const second = nx('run', 'deploy:cortex-m3', '--samples=5');
    expect(second.text).toContain('cache instead of running the command for 2 out of 3 tasks');
    expect(second.status).toBe(0);
  }, 600_000);

  test.each(['README.md', 'docs/guide/getting-started.md'])(
    '%s shows what the demo prints',
    (page) => {
      const told = nx('run', 'deploy:cortex-m4').text.split('\n');
      const block = readPage(page).code.find(({ text }) => /^accuracy: /m.test(text));
      const shown = (block?.text ?? '').split('\n').filter((line) => line !== '');
      // What a compiler has a hand in may be a little more or less elsewhere; kernels that have changed show.
      const built = (line: string) => /^(latency|flash|ram): /.test(line);
      expect(shown.length).toBeGreaterThanOrEqual(3);
      for (const line of shown.filter((line) => !built(line))) expect(told).toContain(line);
      for (const line of shown.filter(built)) {
        const [kind = ''] = line.split(' ');
        const numbers = (of = '') =>
          [...of.matchAll(/[\d,]{3,}/g)].map(([digits]) => Number(digits.replaceAll(',', '')));
        const other = numbers(told.findLast((text) => text.startsWith(kind)));
        numbers(line).forEach((n, i) =>
          expect([line, Math.abs(n / (other[i] ?? 0) - 1) < 0.02]).toEqual([line, true]),
        );
      }
    },
    600_000,
  );

  test.each([
    ['esp32', 'qemu-lx106', ['xtensa-lx106-elf-gcc', 'qemu-system-xtensa']],
    ['esp32s3', 'qemu-lx106', ['xtensa-lx106-elf-gcc', 'qemu-system-xtensa']],
    ['esp32c3', 'qemu-rv32imc', ['riscv64-unknown-elf-gcc', 'qemu-system-riscv32']],
  ] as const)(
    'deploy:%s measures on %s, and says that it stands in',
    (board, standIn, tools) => {
      if (!areInstalled(...tools)) return;
      const { status, text } = nx('run', `deploy:${board}`, '--samples=5');
      expect(text).toContain(`${standIn} stands in for ${board}`);
      expect(text).toMatch(
        /^accuracy: float .*\nlatency: \d+ instructions .*\nbit-exact: 5 of 5 outputs equal$/m,
      );
      expect(status).toBe(0);
    },
    600_000,
  );

  test('a port that is not there fails, with the message of opq', () => {
    const { status, text } = nx('run', 'deploy:cortex-m3', '--port=/dev/ttyNONE');
    expect(status).not.toBe(0);
    expect(text).toContain('OPQ0803');
  }, 120_000);
});
