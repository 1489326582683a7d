import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emission } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { buildFirmware } from '@opq/firmware';
import { openDevice, openPort, startEmulator, type Device } from '@opq/flasher';
import { readCompressedModel } from '@opq/ir';
import { generateInput, generateModel } from '@opq/ir/testing';
import { emitModel, explainSample, explainSelfTest } from '@opq/pipeline';
import { findTarget, type Target } from '@opq/targets';
import { describeWithTools } from '../../tools/testing';
import { toolsOf } from './on-board';

const model = generateModel(13);
const BOARD = 'mps2-an386';
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-self-test-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const emit = (target: Target): Promise<Emission> => emitModel(model, target, [cortexM(), esp32()]);

/** Firmware of an emission whose C was changed, on its emulated board. */
async function withFirmware<T>(
  target: Target,
  emission: Emission,
  change: (c: string) => string,
  work: (device: Device) => Promise<T>,
  spoil: (elf: Buffer) => void = () => undefined,
): Promise<T> {
  const artifacts = emission.artifacts.map(({ path, bytes }) =>
    path.endsWith('opq_model.c')
      ? { path, bytes: Buffer.from(change(Buffer.from(bytes).toString())) }
      : { path, bytes },
  );
  const { elf } = await buildFirmware({ target, artifacts, directory: join(folder, 'build') });
  const image = readFileSync(elf);
  spoil(image);
  writeFileSync(elf, image);
  const device = await openDevice({ target, image: elf });
  try {
    return await work(device);
  } finally {
    await device.close();
  }
}

/** A layer that gets one value wrong, whatever the input. */
const wrongLayer = (index: number) => (c: string) =>
  c.replace(
    new RegExp(`(static void layer_${index}\\(void\\) \\{(?:[^}]|\\}(?!\\n))*)\\}\\n`),
    `$1\n  uint32_t count;\n  arena.bytes[opq_model_layer_output(${index}u, &count) - arena.bytes] ^= 1;\n}\n`,
  );

for (const board of [BOARD, 'qemu-rv32imc', 'qemu-lx106'])
  describeWithTools(...toolsOf(board))(`the self-test on ${board}`, () => {
    const target = findTarget(board);

    test('finds nothing in firmware as it was built, and every layer agrees', async () => {
      const emission = await emit(target);
      await withFirmware(
        target,
        emission,
        (c) => c,
        async (device) => {
          expect(await device.selfTest()).toEqual({ passed: true });
          const input = generateInput(model, 1);
          // No layer differs, so that only "output" is left to say.
          expect(await explainSample(device, emission, model, 4, input)).toEqual({
            sample: 4,
            what: 'output',
            layer: null,
          });
          await expect(device.layerChecksum(emission.perLayer.length)).rejects.toMatchObject({
            code: 'OPQ0809',
          });
        },
      );
    }, 60_000);

    test('names the layer that gets a value wrong, for the golden sample and for any other', async () => {
      const emission = await emit(target);
      for (const index of [0, Math.floor(emission.perLayer.length / 2)]) {
        const name = emission.perLayer[index]!.layer;
        await withFirmware(target, emission, wrongLayer(index), async (device) => {
          const found = await device.selfTest();
          expect(found).toEqual({ passed: false, failed: 'layer', index });
          expect(explainSelfTest(found, emission)).toEqual({ sample: null, what: 'layer', layer: name });
          expect(await explainSample(device, emission, model, 7, generateInput(model, 2))).toEqual({
            sample: 7,
            what: 'layer',
            layer: name,
          });
        });
      }
    }, 120_000);
  });

describeWithTools(...toolsOf(BOARD))('images that stand channels first', () => {
  test('have the checksums of the host as well', async () => {
    const place = join(__dirname, '../../tools/bench/models/ic.opq');
    const resnet = readCompressedModel(new Uint8Array(readFileSync(place)), place);
    const target = findTarget(BOARD);
    const emission = await emitModel(resnet, target, [cortexM()]);
    expect(emission.layerOutputs?.some(({ channelsFirst }) => channelsFirst)).toBe(true);
    await withFirmware(
      target,
      emission,
      (c) => c,
      async (device) => expect(await device.selfTest()).toEqual({ passed: true }),
    );
  }, 60_000);
});

describeWithTools(...toolsOf(BOARD))('a damaged flash', () => {
  const target = findTarget(BOARD);

  test('is found by the checksum of the tables, before any inference', async () => {
    const emission = await emit(target);
    const source = Buffer.from(
      emission.artifacts.find(({ path }) => path.endsWith('opq_model.c'))!.bytes,
    ).toString();
    // The longest table of bytes: its contents are searched in the image.
    const tables = [...source.matchAll(/static const u?int8_t \w+\[\d+\] = \{([^}]*)\}/g)]
      .map(([, body = '']) =>
        Buffer.from(
          body
            .split(',')
            .map((v) => v.trim())
            .filter((v) => v !== '')
            .map(Number),
        ),
      )
      .sort((a, b) => b.length - a.length);
    await withFirmware(
      target,
      emission,
      (c) => c,
      async (device) => {
        const found = await device.selfTest();
        expect(found).toMatchObject({ passed: false, failed: 'model' });
        expect(explainSelfTest(found, emission)).toEqual({ sample: null, what: 'model', layer: null });
      },
      (elf) => {
        const at = elf.indexOf(tables[0]!);
        expect(at).toBeGreaterThan(0);
        elf[at + 3] = (elf[at + 3] ?? 0) ^ 0x10;
      },
    );
  }, 60_000);
});

describeWithTools(...toolsOf(BOARD))('a self-test at each start', () => {
  test('is the first thing that is said', async () => {
    const target = findTarget(BOARD);
    const { artifacts } = await emit(target);
    const { elf } = await buildFirmware({
      target,
      artifacts,
      selfTestAtBoot: true,
      directory: join(folder, 'build'),
    });
    const board = await startEmulator(target, elf);
    try {
      const port = await openPort(board.port, { baudRate: target.uart.baudRate });
      let said = '';
      const ready = new Promise<void>((resolve) =>
        port.onData((bytes) => {
          said += Buffer.from(bytes).toString();
          if (said.includes('m-ready')) resolve();
        }),
      );
      await board.start();
      await ready;
      await port.close();
      expect(said).toMatch(/^x-selftest-pass\r\nm-timestamp-mode-performance\r\n/);
    } finally {
      await board.stop();
    }
  }, 60_000);
});
