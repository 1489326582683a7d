import { espLoader, openPort, type FlashEvent, type FlashImage, type Loader, type SerialLine } from '../src';
import { EspDevice, type EspDeviceOptions } from './support/esp-device';
import { FAULTS, inParallel, matrix, resultOf, type Fault, type Outcome } from './support/faults';
import { describeWithPty, openPty, type Pty } from './support/pty';

/** 40,001 bytes that do not shrink much, so that there are several blocks. */
const bytes = Uint8Array.from({ length: 40_001 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 23);
const image: FlashImage = {
  segments: [
    { address: 0x0, bytes: bytes.subarray(0, 300) },
    { address: 0x10000, bytes },
  ],
};

function exact(device: EspDevice): boolean {
  const memory = new Uint8Array(device.memory.length).fill(0x5a);
  for (const { address, bytes: own } of image.segments) {
    memory.fill(0xff, address, address + Math.ceil(own.length / 4096) * 4096);
    memory.set(own, address);
  }
  return Buffer.compare(memory, device.memory) === 0;
}

async function flashed(options: EspDeviceOptions, loader: Loader, signal = new AbortController().signal) {
  const pty = await openPty();
  const device = new EspDevice(pty, options);
  const line = await openPort(pty.path, loader.line);
  const events: FlashEvent[] = [];
  const flash = loader.flash(image, line, (event) => events.push(event), signal);
  const end = async (): Promise<void> => {
    await line.close();
    await pty.close();
  };
  return { device, flash, events, end };
}

/**
 * What esptool and an ESP32's ROM said to each other, as people traced it (github.com/espressif/esptool, issues 570 and 620; the ROM
 * answers SYNC eight times over): packets of the host, and the device's.
 */
const TRANSCRIPT = [
  ['SYNC', `c000082400000000000707122 0${'55'.repeat(32)}c0`, 'c0010804000707122000000000c0'.repeat(8)],
  ['READ_REG', 'c0000a04000000000008a00160c0', 'c0010a04006f243e0000000000c0'],
  ['READ_REG', 'c0000a04000000000004a00160c0', 'c0010a040084d87a2800000000c0'],
  ['MEM_BEGIN', 'c000051000000000 00440c0000010000 000018000000f009 40c0', 'c00105040084d87a2800000000c0'],
].map(([step = '', asked = '', said = '']) => ({ step, asked: unhex(asked), said: unhex(said) }));

function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

describe('a transcript of a real board', () => {
  /** The simulator, without a line between. */
  const simulator = () => {
    const heard: number[] = [];
    let feed: (bytes: Uint8Array) => void = () => undefined;
    const wire: Pty = {
      path: '',
      write: (bytes) => void heard.push(...bytes),
      onData: (listener) => void (feed = listener),
      vanish: () => undefined,
      close: async () => undefined,
    };
    const device = new EspDevice(wire);
    return { device, ask: (bytes: Uint8Array) => (feed(bytes), Uint8Array.from(heard.splice(0))) };
  };

  test('the simulator answers as the ROM did, but for the contents of registers', () => {
    const { device, ask } = simulator();
    // Bytes 5 to 8 of a packet are the value of a register; some answers repeat the last one.
    const shape = (bytes: Uint8Array): readonly number[] =>
      [...bytes].map((byte, i) => (i >= 5 && i < 9 ? 0 : byte));
    for (const { step, asked, said } of TRANSCRIPT) {
      const answer = ask(asked);
      expect(device.said.at(-1)).toBe(step);
      expect([step, answer.length, shape(answer)]).toEqual([step, said.length, shape(said)]);
    }
  });

  test('the loader begins as esptool does, and takes what the ROM said for an answer, in whatever pieces it comes', async () => {
    const written: number[] = [];
    const stop = new AbortController();
    let listener: (bytes: Uint8Array) => void = () => undefined;
    const [sync] = TRANSCRIPT;
    const line: SerialLine = {
      name: 'transcript',
      write: async (bytes) => {
        written.push(...bytes);
        if (written.length > sync!.asked.length) stop.abort();
        // As it was traced: a byte, a few, the rest.
        if (Buffer.from(written).equals(Buffer.from(sync!.asked)))
          for (const [from, to] of [[0, 1], [1, 4], [4, 40], [40, 112]] as const) listener(sync!.said.slice(from, to)); // prettier-ignore
      },
      onData: (next) => void (listener = next),
      onClose: () => undefined,
      close: async () => undefined,
      setBaudRate: async () => undefined,
      setSignals: async () => false,
    };
    const flash = espLoader({ settle: 0, rounds: 1, seconds: 5 }).flash(image, line, () => undefined, stop.signal); // prettier-ignore
    await expect(flash).rejects.toMatchObject({ code: 'OPQ0814' });
    expect(written.slice(0, sync!.asked.length)).toEqual([...sync!.asked]);
    // It went on to the next question, which the transcript does not answer.
    expect(written.length).toBeGreaterThan(sync!.asked.length);
    expect(written.slice(sync!.asked.length, sync!.asked.length + 2)).toEqual([0xc0, 0]);
    expect(written[sync!.asked.length + 2]).not.toBe(8);
  });
});

/** What the loader and the device say to each other, in this order. */
const STEPS = [
  'SYNC', 'GET_SECURITY_INFO', 'READ_REG', 'MEM_BEGIN', 'MEM_DATA', 'MEM_END', 'stub', 'CHANGE_BAUDRATE', 'FLASH_DEFL_BEGIN',
  'FLASH_DEFL_DATA', 'FLASH_DEFL_END', 'SPI_FLASH_MD5',
]; // prettier-ignore

describeWithPty("ESP's loader", () => {
  test('uploads the stub, changes the rate, writes compressed, compares checksums', async () => {
    const { device, flash, events, end } = await flashed({}, espLoader({ settle: 0 }));
    // A pseudo-terminal has no wire to press reset with.
    expect(await flash).toEqual({ chip: 'ESP32-C3', bytes: 40_301, started: false });
    expect(exact(device)).toBe(true);
    // All that a flashing says, so that no step of it is without its faults below.
    expect([...new Set(device.said)].sort()).toEqual([...STEPS].sort());
    expect([...new Set(events.map(({ step }) => step))]).toEqual(['connect', 'write', 'verify', 'start']);
    expect(events.every(({ done, total }) => done <= total)).toBe(true);
    await end();
  });

  test('flash that does not keep what is written', async () => {
    const { flash, end } = await flashed({ worn: true }, espLoader({ settle: 0 }));
    await expect(flash).rejects.toMatchObject({
      code: 'OPQ0823',
      message: expect.stringContaining('0x00000000'),
    });
    await end();
  });

  test('nobody there; stopped on request', async () => {
    const loader = espLoader({ settle: 0, rounds: 1 });
    const pty = await openPty();
    const line = await openPort(pty.path, loader.line);
    const progress = (): void => undefined;
    await expect(loader.flash(image, line, progress, new AbortController().signal)).rejects.toMatchObject({
      code: 'OPQ0820',
      hint: expect.stringMatching(/BOOT/),
    });
    await expect(loader.flash(image, line, progress, AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'OPQ0814',
    });
    await line.close();
    await pty.close();
  });

  test.each([
    ['a bridge: EN and GPIO0 over RTS and DTR', undefined, 'dR Dr dr'],
    ['native USB', { vendor: 0x303a, product: 0x1001 }, 'r d d D r D R D d R d r d d'],
  ])('reset of %s', async (_, usb, expectedStart) => {
    const wires: string[] = [];
    const line: SerialLine = {
      name: 'fake',
      write: async () => undefined,
      onData: () => undefined,
      onClose: () => undefined,
      close: async () => undefined,
      setBaudRate: async () => undefined,
      setSignals: async ({ dtr, rts }) => {
        const letter = (wire: string, on: boolean | undefined): string =>
          on === undefined ? '' : on ? wire.toUpperCase() : wire;
        wires.push(letter('d', dtr) + letter('r', rts));
        return true;
      },
    };
    const flash = espLoader({ settle: 0, rounds: 1, usb }).flash(
      image,
      line,
      () => undefined,
      new AbortController().signal,
    );
    await expect(flash).rejects.toMatchObject({ code: 'OPQ0820' });
    expect(wires.join(' ').slice(0, expectedStart.length)).toBe(expectedStart);
  });

  test('every fault at every step: a verified image or the right error', async () => {
    const faults: Fault[] = STEPS.flatMap((step) =>
      FAULTS.flatMap((kind) =>
        (kind.startsWith('byte') ? [0, 9] : [0]).map((byte) => ({ kind, step, visit: 1, byte })),
      ),
    );
    const loader = espLoader({ settle: 0, rounds: 2, seconds: 25 });
    const outcomes = await inParallel(faults, 10, async (fault): Promise<Outcome> => {
      const { device, flash, end } = await flashed({ fault }, loader);
      const result = await resultOf(flash, () => exact(device), 100);
      await end();
      return { ...fault, result, happened: device.happened };
    });
    process.stdout.write(matrix("faults of ESP's loader", outcomes));
    const allowed: Readonly<Record<Fault['kind'], RegExp>> = {
      'byte to device lost': /^verified/,
      'byte to device flipped': /^verified/,
      'byte from device lost': /^verified/,
      'byte from device flipped': /^verified/,
      refused: /^verified/,
      silence: /^OPQ0820$/,
      reset: /^verified/,
      'port vanishes': /^OPQ0807$/,
    };
    expect(outcomes.filter((o) => o.happened && !allowed[o.kind].test(o.result))).toEqual([]);
    // Bytes to the device count for the step before the message they are of.
    for (const step of STEPS)
      for (const kind of FAULTS)
        if (!kind.startsWith('byte to'))
          expect([
            step,
            kind,
            outcomes.some((o) => o.happened && o.step === step && o.kind === kind),
          ]).toEqual([step, kind, true]);
  }, 500_000);
});
