import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BACKEND_API, backendFor, KERNELS_API } from '@opq/backend';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { builtInTargets } from '@opq/targets';
import { boardsOf, parseConfig, pluginOf } from '../src';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'opq-plugins-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config = (lists: object) =>
  parseConfig(
    { model: 'm.tflite', compress: false, boards: {}, backends: [cortexM()], ...lists },
    join(folder, 'opq.config.ts'),
  );

/** A package in the node_modules beside the config. */
function installed(name: string, source: string, main = 'index.js'): void {
  const place = join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, main }));
  writeFileSync(join(place, main), source);
}

const m4 = builtInTargets.find(({ name }) => name === 'qemu-cortex-m4')!;
const own = { ...m4, name: 'desk', aliases: [] };
const BACKEND = `{ api: ${BACKEND_API}, name: 'acme', targets: [], supports() {}, emit() {} }`;
const LOADER = `{ api: 1, name: 'wire', line: { baudRate: 9600 }, flash() {} }`;
const ENCODING = `{ api: ${KERNELS_API}, name: 'gaps', encode() {}, decode() {}, decoder() {} }`;
const FAMILY = `{ api: ${KERNELS_API}, name: 'rows', ways: () => [] }`;

test('packages are taken by their names: an object, or a function that makes it', () => {
  installed('opq-acme', `exports.backend = () => (${BACKEND}); exports.loader = ${LOADER};`);
  const { backends, packages } = config({ backends: [cortexM(), 'opq-acme'], loaders: ['opq-acme'] });
  expect(backends.map(({ name }) => name)).toEqual(['cortex-m', 'acme']);
  for (const { loaders } of backends) expect(loaders?.map(({ name }) => name)).toEqual(['wire']);
  expect(packages).toEqual(['opq-acme', 'opq-acme']);
});

test('a board that a user describes goes to the backend that serves it', () => {
  writeFileSync(
    join(folder, 'desk.json'),
    JSON.stringify({ ...own, flash: [{ ...m4.flash[0], origin: '0x0' }] }),
  );
  const { backends } = config({ backends: [esp32(), cortexM()], targets: ['./desk.json'] });
  const desk = boardsOf(backends).find(({ name }) => name === 'desk')!;
  expect(desk).toEqual(own);
  expect(backendFor(desk, backends).name).toBe('cortex-m');
});

test.each<[string, object, string, RegExp]>([
  ['a package that is not installed', { backends: ['opq-none'] }, 'OPQ0607', /opq-none.*backends\[0\]/],
  ['a package that throws', { backends: ['opq-throws'] }, 'OPQ0607', /no good/],
  [
    'a package without the export',
    { backends: ['opq-other'] },
    'OPQ0608',
    /opq-other exports no backend.*stuff/,
  ],
  ['a package without that export', { loaders: ['opq-other'] }, 'OPQ0608', /exports no loader/],
  [
    'a package that was not compiled',
    { backends: ['opq-source'] },
    'OPQ0633',
    /^opq-source, named in backends\[0\] of .*, exports TypeScript \(index\.ts\), which Node does not run/,
  ],
  ['another version of the contract', { backends: ['opq-old'] }, 'OPQ0602', /version 0 .* version 1/],
  ['another version of a loader', { loaders: ['opq-old'] }, 'OPQ0602', /Loader old.*version 9 .* version 1/],
  ['a member of the wrong kind', { loaders: [{ api: 1, name: 'x', line: {} }] }, 'OPQ0603', /member flash/],
  ['a target that is none', { targets: [{ name: 'x' }] }, 'OPQ0502', /targets\[0\]/],
  ['a target that nobody serves', { backends: [esp32()], targets: [own] }, 'OPQ0604', /desk/],
  ['a target of a name that is taken', { targets: [{ ...own, name: m4.name }] }, 'OPQ0609', /qemu-cortex-m4/],
  ['two loaders of one name', { loaders: ['opq-wire', 'opq-wire'] }, 'OPQ0609', /wire/],
  [
    'another version of an encoding',
    { encodings: ['opq-old'] },
    'OPQ0602',
    /Encoding old.*version 8 .* version 1/,
  ],
  [
    'a family without ways',
    { kernelFamilies: [{ api: 1, name: 'x' }] },
    'OPQ0603',
    /not a kernel family: its member ways/,
  ],
  [
    'a family with a name that is none',
    { kernelFamilies: [{ api: 1, name: 'X y', ways() {} }] },
    'OPQ0603',
    /member name/,
  ],
  [
    'two encodings of one name',
    { encodings: ['opq-gaps', 'opq-gaps'] },
    'OPQ0609',
    /Two of the encodings .* gaps/,
  ],
  [
    'two families of one name',
    { kernelFamilies: ['opq-gaps', 'opq-gaps'] },
    'OPQ0609',
    /Two of the kernel families .* rows/,
  ],
  ['the same backend twice', { backends: [cortexM(), cortexM()] }, 'OPQ0609', /cortex-m/],
])('%s is an error that names it', (_, lists, code, message) => {
  installed('opq-throws', 'throw new Error("no good\\nstack");');
  installed('opq-other', 'exports.stuff = 1;');
  installed('opq-source', `export const backend: object = ${BACKEND};`, 'index.ts');
  installed('opq-wire', `exports.loader = ${LOADER};`);
  installed(
    'opq-old',
    `exports.backend = { api: 0, name: 'old' }; exports.loader = { api: 9, name: 'old' }; exports.encoding = { api: 8, name: 'old' };`,
  );
  installed('opq-gaps', `exports.encoding = ${ENCODING}; exports.kernelFamily = () => (${FAMILY});`);
  const attempt = () => config(lists);
  expect(attempt).toThrow(expect.objectContaining({ code }));
  expect(attempt).toThrow(message);
});

test('what a package throws that has no code names the package, and what has one stays', async () => {
  const target = JSON.stringify({ ...own, loader: 'wire', emulator: undefined });
  installed(
    'opq-failing',
    `exports.backend = {
       api: ${BACKEND_API}, name: 'failing', targets: [${target}],
       supports() { throw new Error('supports'); },
       emit() { throw Object.assign(new Error('Of a copy of the catalogue.'), { code: 'OPQ0501', hint: 'h' }); },
       loaders: [{ api: 1, name: 'wire', line: { baudRate: 9600 }, async flash() { throw new TypeError('flash'); } }],
       emulators: [{ name: 'box', async boot() { return {
         transport: { name: 'box', async write() { throw 'write'; }, onData() {}, close() {}, onClose: (l) => l(new Error('closed')) },
         async start() {}, async stop() {} }; } }, { name: 'no', boot() { throw new Error('boot'); } }],
     };`,
  );
  const [backend] = config({ backends: ['opq-failing'] }).backends;
  const never = undefined as never;
  const failed = (message: string) => expect.objectContaining({ code: 'OPQ0630', message });
  expect(() => backend!.supports(never, never, own)).toThrow(failed('Backend failing failed: supports.'));
  await expect(backend!.emit(never, own)).rejects.toEqual(
    expect.objectContaining({ code: 'OPQ0501', message: 'Of a copy of the catalogue.', hint: 'h' }),
  );
  await expect(backend!.loaders![0]!.flash(never, never, never, never)).rejects.toEqual(
    failed('Loader wire failed: flash.'),
  );
  const [box, no] = backend!.emulators!;
  await expect(no!.boot(never)).rejects.toEqual(failed('Emulator no failed: boot.'));
  const { transport } = await box!.boot(never);
  await expect(transport.write(new Uint8Array())).rejects.toEqual(failed('Emulator box failed: write.'));
  const closed = await new Promise((resolve) => transport.onClose(resolve));
  expect(closed).toEqual(failed('Emulator box failed: closed.'));
});

test('every backend is handed the kernel families and encodings of the config, and a failure names them', async () => {
  installed(
    'opq-asking',
    `exports.backend = {
       api: ${BACKEND_API}, name: 'asking', targets: [], supports: () => true,
       async emit(model, target, { kernelFamilies, encodings, optimize }) {
         if (model === 'ways') kernelFamilies[0].ways();
         if (model === 'write') kernelFamilies[1].ways()[0].write();
         if (model === 'encode') encodings[0].encode();
         return { names: [...kernelFamilies, ...encodings].map(({ name }) => name), optimize };
       },
     };`,
  );
  const failing = (name: string) => ({
    api: KERNELS_API,
    name,
    ways: () => {
      throw new Error('no way');
    },
  });
  const writing = {
    ...failing('writing'),
    ways: () => [
      {
        write: () => {
          throw new Error('no words');
        },
      },
    ],
  };
  const encoding = {
    api: KERNELS_API,
    name: 'gaps',
    encode() {
      throw new Error('no code');
    },
    decode() {},
    decoder() {},
  };
  const [backend] = config({
    backends: ['opq-asking'],
    kernelFamilies: [failing('rows'), writing],
    encodings: [encoding],
  }).backends;
  const emit = (model: string) => backend!.emit(model as never, own, { optimize: 'ram' });
  expect(await emit('none')).toEqual({ names: ['rows', 'writing', 'gaps'], optimize: 'ram' });
  const failed = (message: string) => expect.objectContaining({ code: 'OPQ0630', message });
  await expect(emit('ways')).rejects.toEqual(failed('Kernel family rows failed: no way.'));
  await expect(emit('write')).rejects.toEqual(failed('Kernel family writing failed: no words.'));
  await expect(emit('encode')).rejects.toEqual(failed('Encoding gaps failed: no code.'));
});

test('what conformance tries is the first that a module exports', () => {
  installed('opq-rows', `exports.kernelFamily = ${FAMILY};`);
  installed('opq-gaps', `exports.encoding = () => (${ENCODING});`);
  installed('opq-acme', `exports.backend = ${BACKEND}; exports.encoding = ${ENCODING};`);
  installed('opq-none', 'exports.stuff = 1;');
  const kind = (name: string) => pluginOf(name, join(folder, 'opq.config.ts')).kind;
  expect(['opq-rows', 'opq-gaps', 'opq-acme'].map(kind)).toEqual(['kernelFamily', 'encoding', 'backend']);
  expect(() => kind('opq-none')).toThrow(expect.objectContaining({ code: 'OPQ0608' }));
  expect(() => kind('opq-absent')).toThrow(expect.objectContaining({ code: 'OPQ0607' }));
});
