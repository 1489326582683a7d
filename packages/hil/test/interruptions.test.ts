import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cortexM } from '@opq/backend-cortex-m';
import { generateModel, random } from '@opq/ir/testing';
import { findTarget } from '@opq/targets';
import { describeWithTools } from '../../../tools/testing';
import { hil, verdictOf } from '../src';
import { noise } from './making';

const model = generateModel(13);
const KILLS = 20;

/** Ends the emulators that this process has started; gives how many. */
function killEmulators(): number {
  const { stdout } = spawnSync('pgrep', ['-P', String(process.pid), 'qemu-system-arm'], { encoding: 'utf8', timeout: 10_000 }); // prettier-ignore
  const found = stdout.split('\n').filter((line) => line !== '');
  for (const pid of found) process.kill(Number(pid), 'SIGKILL');
  return found.length;
}

describeWithTools(
  'arm-none-eabi-gcc',
  'qemu-system-arm',
  'pgrep',
)('an emulator that is killed', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-hil-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const request = () => ({
    target: findTarget('mps2-an386'),
    board: { connection: { kind: 'emulator' }, expect: {} } as const,
    backends: [cortexM()],
    compressed: model,
    directory: folder,
    pause: 5,
  });

  test(`at ${KILLS} moments nobody chose, the run goes on at its sample and every output is right`, async () => {
    const moments = random(8);
    let killed = 0;
    let timer: NodeJS.Timeout | undefined;
    /** Some time from now: while the board boots, while an input goes over, in an inference, in between. */
    const killSoon = (): void => {
      timer = setTimeout(
        () => {
          const found = killed < KILLS ? killEmulators() : 1;
          killed += found;
          if (found === 0) killSoon();
        },
        moments.integer(0, 1500),
      );
    };
    let [furthest, reached] = [0, 1];
    const data = noise(model, 800);
    const report = await hil({
      ...request(),
      data,
      attempts: KILLS + 1,
      progress: ({ message, done = 0 }) => {
        // Every other time not before a sample was run: on a slow machine all kills would come before the first.
        if (message.endsWith('Taken up again.')) {
          if (killed % 2 === 0) killSoon();
          else reached = furthest + 1;
        } else if (done >= reached) {
          reached = Infinity;
          killSoon();
        }
        furthest = Math.max(furthest, done);
      },
    }).finally(() => clearTimeout(timer));
    expect(killed).toBe(KILLS + 1);
    expect(report.interruptions).toHaveLength(KILLS);
    expect(new Set(report.interruptions.map(({ sample }) => sample)).size).toBeGreaterThan(1);
    expect(report.bitExact).toEqual({ equal: 800, total: 800, firstDifference: null });
    expect(verdictOf(report)).toBe('passed');
  }, 240_000);

  test('an emulator that never stays alive is reported', async () => {
    let over = false;
    const killer = (async () => {
      while (!over) {
        killEmulators();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const running = hil({ ...request(), data: noise(model, 50), attempts: 3 }).finally(() => (over = true));
    await expect(running).rejects.toMatchObject({ code: 'OPQ1601' });
    await killer;
  }, 120_000);

  test('a board that is not the one described is refused at once', async () => {
    const board = { ...request().board, expect: { modelCrc: '00000000' } };
    await expect(hil({ ...request(), board, data: noise(model, 1) })).rejects.toMatchObject({
      code: 'OPQ1605',
    });
  }, 60_000);
});
