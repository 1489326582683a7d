import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describeWithTools } from '../../../tools/testing';
import { connectDevice, type Device, type Transport } from '../src';
import { frameAnswer, stuff, unstuff, uploadFrame } from '../src/frames';
import { Mailbox } from '../src/transport';
import { faultyLine, randomNumbers, type Damage } from './support/faulty-line';

const bytesOf = (count: number, seed = 1): Uint8Array => {
  const random = randomNumbers(seed);
  // Runs of zeros are what the encoding has to work at.
  return Uint8Array.from({ length: count }, () => (random() < 0.3 ? 0 : Math.floor(256 * random())));
};

describe('frames', () => {
  const bytes = fc.uint8Array({ maxLength: 700 });
  const zeros = fc.array(fc.constantFrom(0, 1, 255), { maxLength: 600 }).map((list) => Uint8Array.from(list));

  test('stuffed bytes hold no 0, are little longer, and are read back', () => {
    fc.assert(
      fc.property(fc.oneof(bytes, zeros), (raw) => {
        const stuffed = stuff(raw);
        expect(stuffed.includes(0)).toBe(false);
        expect(stuffed.length).toBeLessThanOrEqual(raw.length + 1 + Math.floor(raw.length / 254));
        expect(unstuff(stuffed)).toEqual(raw);
      }),
      { numRuns: 2000 },
    );
  });

  // From the paper's own description of the encoding.
  test.each([
    [[0x00], [0x01, 0x01]],
    [
      [0x00, 0x00],
      [0x01, 0x01, 0x01],
    ],
    [
      [0x11, 0x22, 0x00, 0x33],
      [0x03, 0x11, 0x22, 0x02, 0x33],
    ],
    [
      [0x11, 0x00, 0x00, 0x00],
      [0x02, 0x11, 0x01, 0x01, 0x01],
    ],
  ])('%j is stuffed as %j', (raw, stuffed) => {
    expect(Array.from(stuff(Uint8Array.from(raw)))).toEqual(stuffed);
  });

  test('whatever comes is an answer or none', () => {
    fc.assert(
      fc.property(bytes, (noise) => {
        const read = unstuff(noise);
        if (read !== undefined) expect(unstuff(stuff(read))).toEqual(read);
        expect(frameAnswer(noise)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});

describeWithTools('gcc')("uploads to the firmware's own receiver", () => {
  let folder: string;
  let program: string;
  const open = new Set<ChildProcess>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'opq-upload-'));
    program = join(folder, 'harness');
    writeFileSync(join(folder, 'opq_board.h'), '');
    const common = resolve(__dirname, '../../../firmware-templates/common');
    const { status, stderr } = spawnSync(
      'gcc',
      [
        '-std=gnu99', '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-fsanitize=address,undefined', '-fno-sanitize-recover=all',
        // Patience of a second: a look at a line without bytes takes a millisecond.
        '-DOPQ_PATIENCE=1000', `-I${common}`, `-I${folder}`, join(__dirname, 'support/upload-harness.c'),
        ...['upload.c', 'crc32.c', 'text.c', 'main.c'].map((file) => join(common, file)), '-o', program,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    ); // prettier-ignore
    expect([status, stderr]).toEqual([0, '']);
  });
  afterEach(() => {
    for (const child of open) child.kill('SIGKILL');
    open.clear();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The program behind a line, which does harm from the moment it is told to. */
  async function start(
    rate: number,
    seed: number,
  ): Promise<{ device: Device; damage: Damage; line: Transport }> {
    const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    open.add(child);
    const mailbox = new Mailbox();
    child.stdout.on('data', (chunk: Buffer) => mailbox.receive(new Uint8Array(chunk)));
    child.stdin.on('error', () => undefined);
    child.once('exit', () => mailbox.lose(new Error('the program ended')));
    const line: Transport = {
      name: 'harness',
      write: async (bytes) => void child.stdin.write(bytes),
      onData: (listener) => mailbox.onData(listener),
      onClose: (listener) => mailbox.onClose(listener),
      close: async () => void child.stdin.end(),
    };
    let spoiling = false;
    const { transport, damage } = faultyLine(line, rate, seed, () => spoiling);
    const device = await connectDevice(transport);
    spoiling = true;
    return { device, damage, line };
  }

  test('a megabyte over a clean line: each byte once, in frames as large as they may be', async () => {
    const { device } = await start(0, 1);
    const report = await device.testLine(bytesOf(2 ** 20));
    expect(report).toMatchObject({ bytes: 2 ** 20, frames: 2 ** 20 / 128, resent: 0 });
    expect(report.sentBytes).toBe((2 ** 20 / 128) * (128 + 10));
  }, 60_000);

  test.each([0.001, 0.01, 0.03])(
    '64 KiB with %d of all bytes lost or flipped, both ways',
    async (rate) => {
      const { device, damage } = await start(rate, 7);
      const report = await device.testLine(bytesOf(2 ** 16, 3));
      expect(report.bytes).toBe(2 ** 16);
      expect(report.resent).toBeGreaterThan(0);
      expect(damage.dropped).toBeGreaterThan(0.3 * rate * 2 ** 16);
      expect(damage.flipped).toBeGreaterThan(0.3 * rate * 2 ** 16);
    },
    60_000,
  );

  test('twenty inputs with one in a hundred bytes lost or flipped arrive as they were', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { device, line } = await start(0.01, seed);
      const input = bytesOf(3072, seed);
      await device.load(new Int8Array(input.buffer));
      const { device: again } = { device: await connectDevice(line) };
      const [answer] = (await again.command('x-input')).filter((text) => text.startsWith('x-input-'));
      expect(answer).toBe(`x-input-${Buffer.from(input).toString('hex')}`);
    }
  }, 120_000);

  test('an upload that its owner left is ended by the next one', async () => {
    const { device, line } = await start(0, 1);
    await line.write(new TextEncoder().encode('x-load 3072%'));
    await line.write(uploadFrame(0, bytesOf(100)));
    await line.write(Uint8Array.of(5, 4, 3));
    const next = await connectDevice(line);
    expect((await next.testLine(bytesOf(1000))).resent).toBe(0);
    await device.close();
  });

  test('a line that lets nothing through', async () => {
    const { device } = await start(0.5, 3);
    await expect(device.testLine(bytesOf(4000))).rejects.toMatchObject({
      code: expect.stringMatching(/^OPQ08(08|10|12)$/),
    });
  }, 60_000);

  test('noise in place of frames: the receiver reads nothing it should not, and still ends when told', async () => {
    const { device, line } = await start(0, 1);
    const random = randomNumbers(5);
    for (let round = 0; round < 30; round++) {
      await line.write(new TextEncoder().encode('x-load 3072%'));
      const noise = Uint8Array.from({ length: 4000 }, () => Math.floor(256 * random() ** (1 + (round % 3))));
      await line.write(noise);
      // Frames that are whole, but of no place in the upload.
      for (const offset of [3072, 3071, 2 ** 31, 2 ** 32 - 2])
        await line.write(uploadFrame(offset, bytesOf(128, round)));
      const next = await connectDevice(line);
      expect((await next.testLine(bytesOf(500))).bytes).toBe(500);
    }
    await device.close();
  }, 60_000);
});
