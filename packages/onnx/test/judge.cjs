'use strict';
// onnxruntime loads its WebAssembly by a dynamic import, which jest's sandbox has not: so it runs in a process of its own.
const ort = require('onnxruntime-web');

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

/** @param {{ bytes: Uint8Array, inputs: Record<string, { shape: number[], data: Float32Array }> }} task */
async function run({ bytes, inputs }) {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
  });
  try {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape, data }]) => [
        name,
        new ort.Tensor('float32', Float32Array.from(data), shape),
      ]),
    );
    const outputs = await session.run(feeds);
    return session.outputNames.map((name) => ({
      shape: [...outputs[name].dims],
      data: Float32Array.from(outputs[name].data),
    }));
  } finally {
    await session.release();
  }
}

process.on('message', ({ id, task }) =>
  run(task).then(
    (outputs) => process.send({ id, outputs }),
    (error) => process.send({ id, error: String(error) }),
  ),
);
process.on('disconnect', () => process.exit());
