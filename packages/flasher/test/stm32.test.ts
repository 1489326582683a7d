import { openPort, stm32Loader, type FlashEvent, type FlashImage } from '../src';
import { FLASH_START, pagesOf, stm32Chips } from '../src/stm32/chips';
import { FAULTS, inParallel, matrix, resultOf, type Fault, type Outcome } from './support/faults';
import { describeWithPty, openPty } from './support/pty';
import { Stm32Device, type Stm32Options } from './support/stm32-device';

const times = { answer: 200, erase: 400, resync: 2000 };
const loader = stm32Loader(times);

const PAGE = 2048;
const l4: Stm32Options = { id: 0x415, pageBytes: PAGE, pages: 8 };
/** 4,500 bytes that begin in the second page; bytes of every value, zeros and ones in rows. */
const bytes = Uint8Array.from({ length: 4500 }, (_, i) =>
  i % 700 < 60 ? 0 : i % 500 < 40 ? 0xff : (i * 7919) >> 3,
);
const image: FlashImage = { segments: [{ address: FLASH_START + PAGE, bytes }], entry: FLASH_START + PAGE };

/** What must stand in flash: the image, nothing else in its pages, and the rest as it was. */
function expected(device: Stm32Device, { pageBytes }: Stm32Options, { segments } = image): Uint8Array {
  const memory = new Uint8Array(device.memory.length).fill(0x5a);
  for (const segment of segments) {
    const at = segment.address - FLASH_START;
    const end = Math.ceil((at + segment.bytes.length) / pageBytes) * pageBytes;
    memory.fill(0xff, at - (at % pageBytes), end);
    memory.set(segment.bytes, at);
  }
  return memory;
}

async function flashed(
  options: Stm32Options,
  what = image,
  use = loader,
  signal = new AbortController().signal,
) {
  const pty = await openPty();
  const device = new Stm32Device(pty, options);
  const line = await openPort(pty.path, use.line);
  const events: FlashEvent[] = [];
  const flash = use.flash(what, line, (event) => events.push(event), signal);
  const end = async (): Promise<void> => {
    await line.close();
    await pty.close();
  };
  return { device, flash, events, end };
}

test('pages of all chips follow each other without a gap', () => {
  for (const chip of stm32Chips) {
    const pages = pagesOf(chip);
    expect(pages[0]?.address).toBe(FLASH_START);
    pages.slice(1).forEach((page, i) => expect(page.address).toBe(pages[i]!.address + pages[i]!.bytes));
  }
  expect(new Set(stm32Chips.map(({ id }) => id)).size).toBe(stm32Chips.length);
});

describeWithPty("STM32's bootloader", () => {
  test.each<[string, Stm32Options, FlashImage]>([
    ['erases the pages of the image only', l4, image],
    ['with the erase of old bootloaders', { id: 0x410, pageBytes: 1024, pages: 16, plainErase: true }, image],
    ['with pages of several sizes', { id: 0x413, pageBytes: 16384, pages: 4 }, image],
    ['with two segments', l4, { segments: [...image.segments, { address: FLASH_START + 7 * PAGE + 100, bytes }].map((s, i) => (i === 0 ? s : { ...s, bytes: bytes.slice(0, 300) })) }],
  ])('%s', async (_, options, what) => {
    const { device, flash, events, end } = await flashed(options, what);
    expect(await flash).toMatchObject({ started: true });
    expect(Buffer.compare(device.memory, expected(device, options, what))).toBe(0);
    expect(device.started).toBe(what.entry ?? FLASH_START + PAGE);
    expect([...new Set(events.map(({ step }) => step))]).toEqual(['connect', 'erase', 'write', 'verify', 'start']);
    expect(events.every(({ done, total }) => done <= total)).toBe(true);
    await end();
  }); // prettier-ignore

  test('a chip that is not known is erased whole', async () => {
    const { device, flash, end } = await flashed({ ...l4, id: 0x499 });
    expect(await flash).toMatchObject({ chip: 'STM32 0x499' });
    expect(device.memory.subarray(0, PAGE).every((byte) => byte === 0xff)).toBe(true);
    expect(Buffer.compare(device.memory.subarray(PAGE, PAGE + bytes.length), bytes)).toBe(0);
    await end();
  });

  test.each<[string, Stm32Options, string, RegExp]>([
    ['that is protected', { ...l4, protected: true }, 'OPQ0821', /refuses to go on \((write|read)\)/],
    [
      'whose flash is worn out',
      { ...l4, worn: true },
      'OPQ0823',
      /at 0x08000[0-9a-f]{3} is not what was written/,
    ],
    [
      'that is too small',
      { ...l4, id: 0x466 },
      'OPQ0824',
      /STM32G03x\/04x: 0x08000000 to 0x08010000, 65536 bytes/,
    ],
  ])('a chip %s', async (_, options, code, words) => {
    const far = { segments: [{ address: FLASH_START + 0xff00, bytes }] };
    const { flash, end } = await flashed(options, options.id === 0x466 ? far : image);
    await expect(flash).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    await end();
  });

  test('nobody there: the boot mode is explained; stopping is at once', async () => {
    const pty = await openPty();
    const line = await openPort(pty.path, loader.line);
    const progress = (): void => undefined;
    await expect(loader.flash(image, line, progress, new AbortController().signal)).rejects.toMatchObject({
      code: 'OPQ0820',
      hint: expect.stringMatching(/BOOT0/),
    });
    const patient = stm32Loader({ ...times, resync: 60_000 });
    await expect(patient.flash(image, line, progress, AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'OPQ0814',
    });
    await line.close();
    await pty.close();
  });

  const STEPS = [
    'sync', 'command', 'get', 'get id', 'erase', 'erase pages', 'write', 'write address', 'write data', 'read', 'read address',
    'read count', 'read data', 'go', 'go address',
  ]; // prettier-ignore

  test('every fault at every step: a verified image or the right error', async () => {
    const faults: Fault[] = STEPS.flatMap((step) =>
      FAULTS.flatMap((kind) => {
        const once = { kind, step };
        const places = kind.startsWith('byte') ? [0, 1, 3, -1] : [0];
        const visits = ['command', 'write data', 'read data', 'write address'].includes(step) ? [1, 3] : [1];
        return visits.flatMap((visit) => places.map((byte) => ({ ...once, visit, byte })));
      }),
    );
    const outcomes = await inParallel(faults, 6, async (fault): Promise<Outcome> => {
      // A board that stays silent is given up soon; 65 kB take their time on a busy machine.
      const use = stm32Loader({ ...times, resync: fault.kind === 'silence' ? 2000 : 30_000 });
      const { device, flash, end } = await flashed({ ...l4, fault }, image, use);
      const exact = (): boolean => Buffer.compare(device.memory, expected(device, l4)) === 0;
      const result = await resultOf(flash, exact, 60);
      await end();
      return { ...fault, result, happened: device.happened };
    });
    process.stdout.write(matrix("faults of STM32's bootloader", outcomes));
    const allowed: Readonly<Record<Fault['kind'], RegExp>> = {
      'byte to device lost': /^verified/,
      'byte to device flipped': /^verified/,
      'byte from device lost': /^verified/,
      'byte from device flipped': /^verified/,
      refused: /^verified/,
      silence: /^(OPQ0820|verified, not started)$/,
      reset: /^verified/,
      'port vanishes': /^OPQ0807$/,
    };
    const wrong = outcomes.filter((o) => o.happened && !allowed[o.kind].test(o.result));
    expect(wrong).toEqual([]);
    // Every place a fault can have was reached: each step is an answer, a message with one, or the bytes of a command.
    const messages = /^(sync|command|.* (pages|address|count)|write data)$/;
    for (const step of STEPS)
      for (const kind of FAULTS) {
        const possible = kind.startsWith('byte to') ? messages.test(step) : step !== 'command';
        const reached = outcomes.some((o) => o.happened && o.step === step && o.kind === kind);
        if (possible) expect([step, kind, reached]).toEqual([step, kind, true]);
      }
  }, 400_000);
});
