/**
 * What the networks of the bench take on cores without instructions for signal processing, beside our own kernels that visit
 * every weight: npm run results:cores writes docs/results/cores.md. Needs the data that OPQ_TEST_DATA names.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '@opq/backend';
import { emitC } from '@opq/backend-c';
import { cortexM } from '@opq/backend-cortex-m';
import { esp32 } from '@opq/backend-esp32';
import { report } from '@opq/cli';
import { findToolchain } from '@opq/firmware';
import { deploy, emitModel } from '@opq/pipeline';
import { findTarget } from '@opq/targets';
import { prepare, readManifest, root, type PreparedModel } from '../bench/models';

const BOARDS = ['qemu-cortex-m3', 'qemu-cortex-m0plus', 'qemu-rv32imc', 'qemu-lx106'] as const;
/** Samples whose outputs are compared with the oracle: of the compressed network, and of what it is compared with. */
const SAMPLES = { best: 100, plain: 5 } as const;

/** The same backend without the kernels that skip zeros. */
const plain = (backend: Backend): Backend => ({
  ...backend,
  emit: async (model, _, options) => emitC(model, { ...options, prefer: { kernelFamily: 'plain' } }),
});
const BACKENDS = [cortexM(), esp32()];
const KERNELS = { best: BACKENDS, plain: BACKENDS.map(plain) } as const;

interface Row {
  readonly cells: readonly string[];
  readonly instructions: number;
}

async function measured(
  prepared: PreparedModel,
  board: string,
  kernels: keyof typeof KERNELS,
  names: readonly [model: string, variant: string],
): Promise<Row> {
  const target = findTarget(board);
  const backends = KERNELS[kernels];
  const emission = await emitModel(prepared.compressed, target, backends, prepared.placement);
  const directory = join(root, '.opq', 'cores', `${names.join('-')}-${kernels}-${board}`);
  const { bitExact, latency, memory } = await deploy({
    ...prepared,
    target,
    backends,
    emission,
    compress: false,
    samples: SAMPLES[kernels],
    directory,
  });
  const how = kernels === 'plain' ? 'every weight visited' : 'as chosen';
  const figures = [latency.value, emission.flash, emission.ram, memory.stackInference].map((n) => n.toLocaleString('en-US'));
  const exact = `${bitExact.equal} of ${bitExact.total}`;
  process.stderr.write(`${names.join(' ')} ${board} ${how}: ${figures.join(' ')}, ${exact}\n`);
  return { cells: [names[0], board, names[1], how, ...figures, exact], instructions: latency.value };
} // prettier-ignore

async function main(): Promise<void> {
  const lines: string[] = [];
  for (const model of readManifest().filter(({ name }) => name === 'ic' || name === 'kws'))
    for (const board of BOARDS) {
      const rows: Row[] = [];
      for (const variant of [...model.variants].sort((a, b) => Number('file' in a) - Number('file' in b))) {
        const prepared = await prepare(model, variant, {});
        const names = [model.name, variant.name] as const;
        if (!('file' in variant)) rows.push(await measured(prepared, board, 'plain', names));
        rows.push(await measured(prepared, board, 'best', names));
      }
      const [first] = rows;
      for (const { cells, instructions } of rows)
        lines.push(`| ${[...cells, (instructions / (first?.instructions ?? 1)).toFixed(2)].join(' | ')} |`);
    }
  const compilers = await Promise.all(BOARDS.map((board) => findToolchain(findTarget(board))));
  writeFileSync(
    join(root, 'docs/results/cores.md'),
    `# Cores without signal processing

Made by \`npm run results:cores\`. The networks of the [bench](bench.md) on emulated boards with a Cortex-M3, with code for Cortex-M0+ (which that
Cortex-M3 runs; QEMU has no board with that core and enough RAM), and with cores like those of the ESP32-C3 (RV32IMC) and the ESP32 (Xtensa; the LX106 has no upper half of a
product and no windowed registers, which the LX6 and LX7 have).
Instructions are counted by QEMU (\`-icount\`) and are not cycles. Compiled by ${[...new Set(compilers.map(({ compiler, version }) => `${compiler} ${version}`))].join(', ')}.

× is the share of the first row of each board: the network in int8 by our own kernels that visit every weight, zeros and all. "Exact" are
outputs that equal the host's integer interpreter.

| model | board | variant | kernels | instructions | model bytes | arena | stack | exact | × |
| --- | --- | --- | --- | --: | --: | --: | --: | --: | --: |
${lines.join('\n')}
`,
  );
}

main().catch((error: unknown) => (process.exitCode = report(error, false)));
