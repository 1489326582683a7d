import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { requireChecked } from '@opq/backend';
import { tflite } from '@opq/backend-tflite';
import { readCompressedModel, tensorOf } from '@opq/ir';
import { openTflite } from '@opq/tflite-runtime';
import { describeWithTools } from '../../tools/testing';
import { openBrowser } from './chromium';

const packageFolder = (name: string): string =>
  dirname(createRequire(__filename).resolve(`${name}/package.json`));
const runtime = packageFolder('@tensorflow/tfjs-tflite');

/** The page of a user who runs a file in a browser, through the public API. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>opq</title>
<script src="tf.js"></script><script src="tflite.js"></script>
<script>
async function run(file, values, shape, type) {
  tflite.setWasmPath('wasm/');
  const model = await tflite.loadTFLiteModel(file, { numThreads: 1 });
  const output = model.predict(tf.tensor(values, shape, type));
  return Array.from(await output.data());
}
</script>`;

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  wasm: 'application/wasm',
  html: 'text/html',
};

function serve(files: ReadonlyMap<string, Uint8Array>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/').slice(1) || 'index.html';
    const wasm = /^wasm\/[\w.]+$/.test(path) ? readFileSync(join(runtime, path)) : undefined;
    const body = files.get(path) ?? wasm;
    if (body === undefined) return void response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    });
    response.end(body);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

async function emitted(): Promise<{
  readonly int8: Uint8Array;
  readonly float: Uint8Array;
  readonly shape: readonly number[];
}> {
  const place = resolve(__dirname, '../../tools/bench/models/kws.opq');
  const model = readCompressedModel(new Uint8Array(readFileSync(place)), place);
  const backend = tflite();
  const target = backend.targets.find(({ name }) => name === 'tflite')!;
  const { artifacts } = await backend.emit(requireChecked(model, backend, target), target);
  const bytes = (path: string) => artifacts.find((artifact) => artifact.path === path)!.bytes;
  return {
    int8: bytes('model.tflite'),
    float: bytes('model_float.tflite'),
    shape: tensorOf(model.model, model.model.inputs[0]!).shape,
  };
}

describeWithTools('chromium')('in a browser', () => {
  let browser: Browser;
  let server: Server;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  test('float and int8 files load through the public API and give what the same runtime gives here', async () => {
    const { int8, float, shape } = await emitted();
    const files = new Map<string, Uint8Array>([
      ['index.html', Buffer.from(PAGE)],
      ['tf.js', readFileSync(join(packageFolder('@tensorflow/tfjs'), 'dist/tf.min.js'))],
      ['tflite.js', readFileSync(join(runtime, 'dist/tf-tflite.min.js'))],
      ['int8.tflite', int8],
      ['float.tflite', float],
    ]);
    server = await serve(files);
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const count = shape.reduce((n, d) => n * d, 1);
    const values = Array.from({ length: count }, (_, i) => ((i * 37) % 256) - 128);
    for (const [file, bytes, input] of [
      ['int8.tflite', int8, Int8Array.from(values)],
      ['float.tflite', float, Float32Array.from(values)],
    ] as const) {
      const wanted = (await openTflite(bytes, file)).run([input])[0]!;
      const call = `run(${JSON.stringify(file)}, ${JSON.stringify(values)}, ${JSON.stringify(shape)}, ${file.startsWith('int8') ? "'int32'" : "'float32'"})`;
      expect(await page.evaluate(call)).toEqual(Array.from(wanted));
    }
    expect(problems).toEqual([]);
  }, 120_000);
});
