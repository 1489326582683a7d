import { KERNELS_API, type KernelFamily, type SurvivorDecoder, type Way } from '@opq/backend';
import { tensorOf } from '@opq/ir';
import type { KernelFunction } from '@opq/kernels';
import { outputChannels, weightedParameters } from '@opq/reference';
import { survivorDecoderOf, weightsOf } from '../encodings';
import { COEFFICIENTS } from '../cost/coefficients';
import { packsOutputs } from '../cost/lanes';
import { lanesCandidates } from '../lanes/candidates';
import { addLanesShape } from '../lanes/emit';
import { packedChannels } from '../lanes/packed';
import { lanesUses } from '../lanes/used';
import { survivorLists } from '../lanes/survivors';
import { fanInOf, geometryOf } from '../layer-sizes';
import { addWeights, isWeightedSite, windowMembers } from '../weight-tables';

/** What opq_lanes_window.c takes to read packed indices of so many bits itself. */
const indicesRead =
  (bits: number): SurvivorDecoder['instructions'] =>
  (core, { channels }) => {
    const { indices = 0, otherIndices = 0 } = COEFFICIENTS[core].window ?? {};
    return channels * (bits === 3 || bits === 4 ? indices : otherIndices);
  };

/** Convolutions over survivors, two pixels to a word: opq_lanes_shape in opq_kernels.h. */
export const lanes: KernelFamily = {
  api: KERNELS_API,
  name: 'lanes',
  ways(site) {
    if (!isWeightedSite(site)) return [];
    const { model, layer, stored, planar, core } = site;
    if (layer.kind === 'fullyConnected') return [];
    const net = model.model;
    const fanIn = fanInOf(model, layer);
    const levels = weightsOf(model, layer, outputChannels(net, layer));
    const lists = survivorLists(levels, fanIn);
    const parameters = weightedParameters(net, layer);
    const { shifts, outputOffset, outputMin, outputMax } = parameters;
    const constant = layer.bias === undefined ? undefined : tensorOf(net, layer.bias).data;
    const bias = constant instanceof Int32Array ? constant : undefined;
    const depthwise = layer.kind === 'depthwiseConv2d';
    const kernel: KernelFunction = depthwise ? 'opq_lanes_depthwise_conv2d' : 'opq_lanes_conv2d';
    const decoder = stored.encoding.decoder(stored.coded);
    const survivors = survivorDecoderOf(stored, fanIn);
    const survive = survivors.function;
    const packed = packsOutputs(core, depthwise) ? packedChannels({ levels, fanIn, lists, parameters, bias }) : [];
    const quick = lists.survivors.map((_, channel) => {
      const shift = shifts[shifts.length === 1 ? 0 : channel] ?? 0;
      return outputMin === -128 && outputMax === 127 && shift <= (outputOffset === -128 ? 0 : -1) && shift >= -20;
    });
    const known = {
      window: geometryOf(model, layer),
      depthwise,
      survivors,
      whole: false,
      lists,
      bias,
      packed,
      planarInput: planar.input,
      planarOutput: planar.output,
      quick,
    };
    const one = lists.segments.every((n) => n === 1);
    const windows = COEFFICIENTS[core].window !== undefined && depthwise && planar.output && quick.every((is) => is) && one;
    const unpacks = decoder?.function === 'opq_decode_packed';
    const whole = {
      function: 'opq_survive_any' as const,
      lookupWords: Math.ceil(fanIn / 4),
      instructions: unpacks ? indicesRead(stored.coded.bits) : (decoder?.instructions ?? (() => 0)),
    };
    return [known, ...(windows ? [{ ...known, survivors: whole, whole: true }] : [])].flatMap((of) => lanesCandidates(of, core)).map(
      (candidate): Way => ({
        scratchBytes: candidate.scratchBytes,
        instructions: candidate.instructions,
        layouts: 'either',
        inPlace: candidate.inPlace ? 'planar' : 'never',
        write(to) {
          const { buffers, name } = to;
          // Only where lists are made of decoded weights, or none are made, is the decoder called.
          const decode = candidate.whole || survive === 'opq_survive_any' ? decoder?.function : undefined;
          const tables = addWeights(site, to, decode);
          addLanesShape(to.tables, name, windowMembers(site, candidate.plan.window), candidate, { lists, packed }, candidate.whole ? undefined : survive, {
            input: buffers.planar.has(layer.input),
            output: buffers.planar.has(layer.output),
          });
          const call = `${kernel}(&${name}_shape, ${tables.weights}, ${tables.channels}, ${buffers.of(layer.input)}, ${buffers.scratch()}, ${buffers.of(layer.output)});`;
          // Cores without windows list what the decoder gives.
          const lister = depthwise ? (['opq_survive_any'] as const) : [];
          const functions = [kernel, ...(decode === undefined ? [] : [decode]), ...(candidate.whole ? [] : [survive]), ...lister];
          const { window, pieces, tileColumns } = candidate.plan;
          const step = window.strideWidth * (buffers.planar.has(layer.input) ? 1 : window.inputChannels);
          const uses = lanesUses({
            cuts: candidate.cuts,
            depthwise,
            packed,
            outputOffset: parameters.outputOffset,
            direct: quick.map((is, channel) => is && lists.segments[channel] === 1 && buffers.planar.has(layer.output)),
            whole: candidate.whole,
            step,
            rowsOfFive: step === 1 && window.inputWidth === 5 && !pieces && tileColumns === window.outputWidth,
            unpacks: candidate.whole && unpacks,
          });
          return { statements: [call], functions, uses };
        },
      }),
    );
  },
}; // prettier-ignore
