import { Option, type Command } from 'commander';
import { HOST_RUNTIMES, type HostRuntime } from '@opq/pipeline';
import { OPTIMIZE } from '@opq/backend';
import { PORT_LOADERS, UF2_FAMILIES } from '@opq/flasher';
import { ALLOCATOR_NAMES } from '@opq/core';
import { bytes, multiplications } from './compression-options';
import { count, fraction, numeric, optimizeGoal } from './options';

/** Options that several commands share, in the same words. */
export const modelFlags = (command: Command): Command =>
  command
    .option(
      '--model <file>',
      'network to read (.tflite, .h5, .keras, .onnx); without it, the one of opq.config.ts',
    )
    .option('--config <file>', 'opq.config.ts to use; without it, the nearest one above the current folder');

const list = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const budgetFlags = (command: Command): Command =>
  command
    .option('--flash <bytes>', 'bytes of the whole model in flash, such as 20k (1k is 1024 bytes)', bytes)
    .option('--ratio <times>', 'weights this many times smaller than in float32 (default: 8)', numeric)
    .option('--average-bits <number>', 'bits per weight, pruned ones counted too', numeric)
    .option(
      '--accounting <mode>',
      'what --ratio and --average-bits count: paper, bitmap, entropy or flash (default: flash, bytes as stored)',
    )
    .option('--sparsity <share>', 'share of weights that become zero, 0…1 (with --bits)', numeric)
    .option('--bits <number>', 'average bits of a surviving weight (with --sparsity)', numeric)
    .option('--no-compress', 'plain int8: no pruning, no codebooks');

export const methodFlags = (command: Command): Command =>
  settingFlags(
    command
      .option('--allocator <name>', `${ALLOCATOR_NAMES.join(', ')} (default: opq)`)
      .option(
        '--macs <number>',
        'multiplications of one inference that may be left, such as 5M: pruned ones are not counted (default: any number)',
        multiplications,
      ),
  );

/** The same without the allocator. */
export const settingFlags = (command: Command): Command =>
  command
    .option('--a <number>', "exponent of a layer's size in the weight of its error (default: 0.75)", numeric)
    .option('--b <number>', "exponent of a layer's spread in the weight of its error (default: 1)", numeric)
    .option('--solver <name>', 'laplace (closed form) or exact (one order of all weights) (default: laplace)')
    .option('--gain <mode>', 'scale per output channel: auto, none or channel (default: auto)')
    .option('--keep-ends <which>', 'first, last or both layers stay at 8 bits, unpruned (default: none)')
    .option('--skip <layer>', 'leave this layer at 8 bits, unpruned; may be repeated', list)
    .option(
      '--layer <name:settings>',
      'fix a layer, such as conv1:sparsity=0.5,bits=4; may be repeated',
      list,
    )
    .option('--maximum-sparsity <share>', 'no layer loses a larger share (default: 0.99)', numeric)
    .option(
      '--repair <steps>',
      'steps without training: fold, equalise, activations, importance, masks, bias, reconstruction; all or none (default: fold,bias,reconstruction)',
    );

export const targetFlag = (command: Command): Command =>
  command.option(
    '--target <board>',
    'board that --flash counts bytes for (default: the first of opq.config.ts, else qemu-cortex-m4)',
  );

export const dataFlags = (command: Command): Command =>
  command
    .option(
      '--data <name>',
      'samples: mnist, fashion-mnist or cifar10 (:train or :test behind; default :test), a folder with a folder of pictures for each class, a .npy, .npz, .idx or .json file, else raw bytes, one sample after the other',
    )
    .option('--data-type <type>', 'element type of raw samples: u8, i8 or f32 (default: u8)')
    .option(
      '--data-scale <number>',
      'real value = (raw − zero point) · scale, such as 1/255 (default: 1)',
      fraction,
    )
    .option('--data-zero-point <number>', 'see --data-scale (default: 0)', numeric)
    .option('--data-resize', 'stretch pictures of a folder to the size of the input')
    .option(
      '--labels <file>',
      'class numbers: a .csv with a row, a .npy with a number, or a file with a byte, for each sample',
    )
    .option(
      '--labels-column <number>',
      'column of the class number in a .csv, from 0 (default: the last)',
      numeric,
    )
    .option(
      '--calibrate <name>',
      'samples, named as for --data, that show the range of activations (default: those of --data)',
    )
    .option(
      '--calibration-samples <count>',
      'how many of them, from the first on, calibrate and repair (default: 200)',
      count,
    );

export const placementFlags = (command: Command): Command =>
  command
    .option(
      '--optimize <goal>',
      `what is worth most where a layer can be computed in several ways: ${OPTIMIZE.join(', ')} (default: balanced)`,
      optimizeGoal,
    )
    .option(
      '--ram <bytes>',
      'bytes that the arena is to stay within where that is possible, such as 40k',
      bytes,
    )
    .option(
      '--model-flash <bytes>',
      'bytes that tables and weights may take together: with --optimize latency, weights are stored in larger ways that are faster to read, as far as they fit (default: each in the smallest way)',
      bytes,
    );

export const jsonFlag = (command: Command): Command =>
  command.option('--json', 'print one JSON document on standard output');

export const samplesFlag = (command: Command): Command =>
  command.option('--samples <number>', 'at most this many samples (default: all)', count);

/**
 * The last part of a command's help.
 * @param lines commands as they are typed, without a prompt
 */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

export const hostRuntimeFlag = (command: Command, preset: HostRuntime = 'auto'): Command =>
  command.addOption(
    new Option(
      '--runtime <name>',
      'opq: the interpreter that boards are compared with; tflite: TensorFlow Lite as WebAssembly; auto: tflite for files it takes',
    )
      .choices(HOST_RUNTIMES)
      .default(preset),
  );

/** How firmware reaches a board on a port, and what it does when it starts. */
export function firmwareFlags(command: Command): Command {
  return command
    .option('--self-test-at-boot', 'firmware that runs its self-test at each start and prints the result')
    .addOption(
      new Option(
        '--loader <name>',
        'what writes the firmware to the board on --port first: its own loader unless given; none where it is there already',
      ).choices([...PORT_LOADERS, 'uf2', 'none']),
    )
    .option('--drive <folder>', 'where the drive of a board is mounted that takes its firmware as a file; its serial line is --port')
    .addOption(
      new Option('--family <name>', 'with --loader uf2: the family of the chip').choices(Object.keys(UF2_FAMILIES)).default('rp2040'),
    ); // prettier-ignore
}
