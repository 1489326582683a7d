import { readFileSync } from 'node:fs';
import { recordedSamples } from './recordings';
const b = new Int8Array(readFileSync('/work/train/human-0.bin'));
let bad = 0;
const made = recordedSamples(4, 1, [0, 2], () => undefined);
made.forEach((m, i) => m.forEach((v, k) => (bad += v !== b[i * 490 + k] ? 1 : 0)));
console.log(made.length, b.length / 490, 'different bytes', bad);
