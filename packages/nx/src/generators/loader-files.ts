import type { BackendPackage } from './backend-files';
import { TSCONFIG, type Files } from './files';
import { version } from '../../package.json';

export type LoaderPackage = Omit<BackendPackage, 'like'>;

const manifest = ({ packageName, name }: LoaderPackage): string =>
  JSON.stringify(
    {
      name: packageName,
      version: '0.1.0',
      description: `opq loader ${name}`,
      license: 'Apache-2.0',
      type: 'commonjs',
      exports: { '.': './src/index.ts', './package.json': './package.json' },
      engines: { node: '>=20.19' },
      dependencies: { '@opq/errors': version, '@opq/flasher': version },
      nx: { tags: ['layer:hil'] },
    },
    null,
    2,
  );

const source = (name: string): string => `import { flasherErrors } from '@opq/errors';
import { LOADER_API, type FlashSegment, type Loader, type SerialLine } from '@opq/flasher';

/** Bytes that the board takes at once. */
const BLOCK = 256;
const ACKNOWLEDGED = 0x79;
const SECONDS = 5;

/** What is sent for a block: W, its address and length as 32-bit numbers, little-endian, its bytes, and the exclusive or of them. */
function frameOf({ address, bytes }: FlashSegment): Uint8Array {
  const frame = new Uint8Array(10 + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint8(0, 0x57);
  view.setUint32(1, address, true);
  view.setUint32(5, bytes.length, true);
  frame.set(bytes, 9);
  frame[9 + bytes.length] = bytes.reduce((sum, byte) => sum ^ byte, 0);
  return frame;
}

/** Sends a frame and waits for the board's answer. @throws OPQ0814, OPQ0820, OPQ0821 */
function exchange(line: SerialLine, frame: Uint8Array, step: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      if (error === undefined) resolve();
      else reject(error);
    };
    const stop = (): void => finish(flasherErrors.stopped());
    const timer = setTimeout(
      () => finish(flasherErrors.loaderSilent(line.name, step, 'Reset the board into its loader.')),
      SECONDS * 1000,
    );
    signal.addEventListener('abort', stop, { once: true });
    line.onData((bytes) =>
      finish(
        bytes[0] === ACKNOWLEDGED
          ? undefined
          : flasherErrors.loaderRefused(line.name, step, 'The board takes no such block.'),
      ),
    );
    line.onClose(finish);
    if (signal.aborted) stop();
    else line.write(frame).catch(finish);
  });
}

const blocksOf = ({ address, bytes }: FlashSegment): readonly FlashSegment[] =>
  Array.from({ length: Math.ceil(bytes.length / BLOCK) }, (_, i) => ({
    address: address + i * BLOCK,
    bytes: bytes.subarray(i * BLOCK, (i + 1) * BLOCK),
  }));

/** What opq.config.ts takes by the name of this package: writes block by block, each acknowledged once it stands in flash. */
export const loader = (): Loader => ({
  api: LOADER_API,
  name: '${name}',
  line: { baudRate: 115200 },
  async flash(image, line, progress, signal) {
    const blocks = image.segments.flatMap(blocksOf);
    const total = blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
    let done = 0;
    for (const block of blocks) {
      progress({ step: 'write', done, total });
      await exchange(line, frameOf(block), 'write', signal);
      done += block.bytes.length;
    }
    progress({ step: 'start', done, total });
    const start = new Uint8Array(5);
    const entry = image.entry ?? image.segments[0]?.address ?? 0;
    start[0] = 0x47;
    new DataView(start.buffer).setUint32(1, entry, true);
    await exchange(line, start, 'start', signal);
    return { chip: '${name}', bytes: total, started: true };
  },
});
`;

const test = `import { Mailbox, type SerialLine } from '@opq/flasher';
import { loader } from '../src';

/** The other end of the line: keeps what it is sent, and refuses a block whose sum is wrong. */
function simulatedBoard(answer = 0x79) {
  const box = new Mailbox();
  const flash = new Map<number, number>();
  let started: number | undefined;
  const line: SerialLine = {
    name: 'simulated',
    async write(frame) {
      const view = new DataView(frame.buffer, frame.byteOffset);
      if (frame[0] === 0x47) started = view.getUint32(1, true);
      else frame.subarray(9, -1).forEach((byte, i) => flash.set(view.getUint32(1, true) + i, byte));
      const sound = frame[0] === 0x47 || frame.subarray(9).reduce((sum, byte) => sum ^ byte, 0) === 0;
      setImmediate(() => box.receive(Uint8Array.of(sound ? answer : 0x1f)));
    },
    onData: (listener) => box.onData(listener),
    onClose: (listener) => box.onClose(listener),
    close: async () => undefined,
    setBaudRate: async () => undefined,
    setSignals: async () => false,
  };
  return { line, flash, started: () => started };
}

const image = {
  segments: [
    { address: 0x1000, bytes: Uint8Array.from({ length: 700 }, (_, i) => i) },
    { address: 0x9000, bytes: Uint8Array.of(1, 2, 3) },
  ],
  entry: 0x1001,
};
const signal = new AbortController().signal;

test('every byte of an image stands at its address, and the program is started', async () => {
  const { line, flash, started } = simulatedBoard();
  const steps: string[] = [];
  const outcome = await loader().flash(image, line, ({ step, done }) => steps.push(\`\${step} \${done}\`), signal);
  expect(outcome).toMatchObject({ bytes: 703, started: true });
  for (const { address, bytes } of image.segments)
    expect([...bytes.keys()].map((i) => flash.get(address + i))).toEqual([...bytes]);
  expect(flash.size).toBe(703);
  expect(started()).toBe(0x1001);
  expect(steps).toEqual(['write 0', 'write 256', 'write 512', 'write 700', 'start 703']);
});

test('a block that is refused, and a stop, are errors', async () => {
  const refusing = loader().flash(image, simulatedBoard(0x1f).line, () => undefined, signal);
  await expect(refusing).rejects.toMatchObject({ code: 'OPQ0821' });
  const stopped = loader().flash(image, simulatedBoard().line, () => undefined, AbortSignal.abort());
  await expect(stopped).rejects.toMatchObject({ code: 'OPQ0814' });
});
`;

const readme = ({ packageName, name }: LoaderPackage): string => `# ${packageName}

The opq loader ${name}: writes the flash of a board over its serial line. A target names it: \`"loader": "${name}"\`.

\`src/index.ts\` begins with a protocol of acknowledged blocks; put the commands of your chip's loader into \`frameOf\` and \`exchange\`. The test
holds it against a simulated board.
`;

/** Every file of the package, by its path in the workspace. */
export const loaderFiles = (request: LoaderPackage): Files => ({
  [`${request.folder}/package.json`]: `${manifest(request)}\n`,
  [`${request.folder}/README.md`]: readme(request),
  [`${request.folder}/src/index.ts`]: source(request.name),
  ...(request.jest && { [`${request.folder}/test/loader.test.ts`]: test }),
  ...(!request.typescript && { [`${request.folder}/tsconfig.json`]: TSCONFIG }),
});
