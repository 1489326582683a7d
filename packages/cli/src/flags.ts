import type { Command } from 'commander';
import { count, numeric } from './options';

/** Options that several commands share, in the same words. */
export const modelFlags = (command: Command): Command =>
  command
    .option(
      '--model <file>',
      'network to read (.tflite, .h5, .keras, .onnx); without it, the one of opq.config.ts',
    )
    .option('--config <file>', 'opq.config.ts to use; without it, the nearest one above the current folder');

export const budgetFlags = (command: Command): Command =>
  command
    .option('--ratio <times>', 'weights as stored, this many times smaller than in float32', numeric)
    .option('--sparsity <share>', 'share of weights that become zero, 0…1 (with --bits)', numeric)
    .option('--bits <number>', 'average bits of a surviving weight (with --sparsity)', numeric)
    .option('--gain <mode>', 'scale per output channel: auto, none or channel')
    .option('--no-compress', 'plain int8: no pruning, no codebooks');

export const dataFlags = (command: Command): Command =>
  command
    .option('--data <file>', 'samples: raw bytes, one sample after the other, or a .json description')
    .option('--data-type <type>', 'element type of raw samples: u8, i8 or f32 (default: u8)')
    .option('--data-scale <number>', 'real value = (raw − zero point) · scale (default: 1)', numeric)
    .option('--data-zero-point <number>', 'see --data-scale (default: 0)', numeric)
    .option('--labels <file>', 'class numbers: a .csv with a row, or a file with a byte, for each sample')
    .option(
      '--labels-column <number>',
      'column of the class number in a .csv, from 0 (default: the last)',
      numeric,
    )
    .option('--calibrate <file>', 'samples that show the range of activations (default: those of --data)');

export const jsonFlag = (command: Command): Command =>
  command.option('--json', 'print one JSON document on standard output');

export const samplesFlag = (command: Command): Command =>
  command.option('--samples <number>', 'at most this many samples (default: all)', count);

export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
