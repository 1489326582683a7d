// Vega is ES modules with a top-level await, which a compiler to CommonJS cannot load: this file is never compiled, and runs in a
// thread of its own. Takes Vega-Lite charts and a config, answers with an SVG for each.
import { parentPort, workerData } from 'node:worker_threads';
import { Error as errors, parse, textMetrics, View } from 'vega';
import { compile } from 'vega-lite';

// Text is estimated, never measured by a canvas that happens to be installed: the same bytes everywhere.
textMetrics.canvas(false);
const { specs, config } = workerData;
const drawn = [];
for (const spec of specs) {
  const view = new View(parse(compile(spec, { config }).spec), { renderer: 'none', logLevel: errors });
  drawn.push(await view.toSVG());
  view.finalize();
}
parentPort.postMessage(drawn);
