import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BACKEND_API, type Backend } from '@opq/backend';
import { emitC, supportsC, wrongTarget } from '@opq/backend-c';
import { UF2_FAMILIES, uf2Loader } from '@opq/flasher';
import { isRuntime, parseTarget, type EmitTarget } from '@opq/targets';
import { rp2040js } from './emulator';

const file = 'pico.json';
const pico = parseTarget(readFileSync(join(__dirname, '../targets', file), 'utf8'), file);

/** Other boards with the chip differ in pins and flash: their targets name the same template. */
const serves = (target: EmitTarget): boolean => !isRuntime(target) && target.template === pico.template;

/** What opq.config.ts takes by the name of this package: C99 for the RP2040, one of whose two cores runs the network. */
export const backend = (): Backend => ({
  api: BACKEND_API,
  name: 'rp2040',
  targets: [pico],
  serves,
  templates: [join(__dirname, '../firmware-templates')],
  loaders: [uf2Loader({ name: 'rp2040-rom', family: UF2_FAMILIES.rp2040, drive: 'RPI-RP2' })],
  emulators: [rp2040js()],
  supports: (layer, model, target) =>
    serves(target) ? supportsC(layer, model) : wrongTarget(layer, target, `Choose target ${pico.name}.`),
  // Cortex-M0+ has no instruction that multiplies several values at once.
  emit: async (model, _target, options) => emitC(model, { ...options, core: 'baseline' }),
});
