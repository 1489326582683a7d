import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Config, TopLevelSpec } from 'vega-lite' with { 'resolution-mode': 'import' };

/** Longer than any charts take, on any machine. */
const TIMEOUT = 120_000;

/** Charts as SVG, in the same order, drawn by Vega in a thread that ends with them. */
export function drawWithVega(specs: readonly TopLevelSpec[], config: Config): Promise<readonly string[]> {
  return new Promise((done, fail) => {
    const worker = new Worker(join(__dirname, 'vega-worker.mjs'), {
      workerData: { specs, config },
      execArgv: [],
    });
    const timer = setTimeout(() => void worker.terminate(), TIMEOUT);
    worker.once('message', done);
    worker.once('error', fail);
    worker.once('exit', (code) => {
      clearTimeout(timer);
      fail(new Error(`the thread that draws ended with ${code}`));
    });
  });
}
