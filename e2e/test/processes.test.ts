import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { opq } from '../../packages/cli/test/run';
import { describeWithTools } from '../../tools/testing';

const digits = resolve(__dirname, '../demo/digits.tflite');

/** Emulators that run an image from a folder. */
function emulators(folder: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.startsWith('qemu-system-arm') && command.includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function gone(folder: string): Promise<boolean> {
  for (let i = 0; i < 50 && emulators(folder).length > 0; i++) await delay(100);
  return emulators(folder).length === 0;
}

const onLinux = process.platform === 'linux' ? describeWithTools('arm-none-eabi-gcc', 'qemu-system-arm') : describe.skip; // prettier-ignore

onLinux('when a deployment is cut short', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'opq-cut-'));
    writeFileSync(join(folder, 'samples.bin'), new Uint8Array(784 * 4000));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const deploy = (act: (kill: (signal: NodeJS.Signals) => void, emulator: number) => void) => {
    let acted = false;
    return opq(
      ['deploy', 'mps2-an386', '--model', digits, '--ratio', '8', '--data', join(folder, 'samples.bin')],
      {
        directory: folder,
        onError(text, kill) {
          if (acted || !text.includes('running samples')) return;
          acted = true;
          const [emulator] = emulators(folder);
          expect(emulator).toBeDefined();
          setTimeout(() => act(kill, emulator!), 300);
        },
      },
    );
  };

  test('ctrl-C ends with 130, one line and no emulator', async () => {
    const { code, out, err } = await deploy((kill) => kill('SIGINT'));
    expect([code, out]).toEqual([130, '']);
    expect(err).toMatch(/stopped\n$/);
    expect(await gone(folder)).toBe(true);
  }, 60_000);

  test('an end from outside leaves no emulator', async () => {
    const { code } = await deploy((kill) => kill('SIGTERM'));
    expect(code).not.toBe(0);
    expect(await gone(folder)).toBe(true);
  }, 60_000);

  test('even a killed deployment leaves no emulator', async () => {
    const { code } = await deploy((kill) => kill('SIGKILL'));
    expect(code).toBe(null);
    expect(await gone(folder)).toBe(true);
  }, 60_000);

  test('a board that dies is an error with a code', async () => {
    const { code, err } = await deploy((_, emulator) => process.kill(emulator, 'SIGKILL'));
    expect(code).toBe(1);
    expect(err).toMatch(/error OPQ0807: .*disconnected/);
  }, 60_000);
});
