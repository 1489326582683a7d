import { layerChecksums, type Emission } from '@opq/backend';
import type { Device, SelfTest } from '@opq/flasher';
import type { CompressedModel, TensorId } from '@opq/ir';
import { createIntegerInterpreter } from '@opq/reference';
import type { DeployReport } from './report';

type Difference = NonNullable<DeployReport['difference']>;

/** What a self-test says, with the layer by its name. */
export function explainSelfTest(found: SelfTest, { perLayer }: Emission): Difference | undefined {
  if (found.passed) return undefined;
  const layer = found.failed === 'layer' ? (perLayer[found.index]?.layer ?? null) : null;
  return { sample: null, what: found.failed, layer };
}

/**
 * The first layer whose output on the device differs from the host's. Layers are asked one after the other: where branches join, a
 * later one may be right again although an earlier one is not, so that halving would find some layer, not the first.
 * @param input the sample whose output differed
 */
export async function explainSample(
  device: Device,
  { perLayer, layerOutputs }: Emission,
  { model }: CompressedModel,
  sample: number,
  input: Int8Array,
): Promise<Difference> {
  const values = new Map<TensorId, Int8Array>();
  createIntegerInterpreter(model).run([input], (id, own) => values.set(id, own.slice()));
  const sums = layerOutputs === undefined ? [] : layerChecksums(model, layerOutputs, values);
  await device.load(input);
  for (const [index, sum] of sums.entries())
    if ((await device.layerChecksum(index)) !== sum.toString(16).padStart(8, '0'))
      return { sample, what: 'layer', layer: perLayer[index]?.layer ?? null };
  return { sample, what: 'output', layer: null };
}
