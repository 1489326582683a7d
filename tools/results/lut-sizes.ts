import { isWeighted, tensorOf, type CompressedModel, type Quantisation } from '@opq/ir';
import { encodeHuffman } from '../../packages/backend-tflite/src/encode/huffman';
import { encodeLut } from '../../packages/backend-tflite/src/encode/lut';
import { storedBytes, type Weights } from '../../packages/backend-tflite/src/encode/encoding';

const number = (n: number): string => n.toLocaleString('en-US');

function weightsOf(data: Int8Array, quantisation: Quantisation, lastAxis: boolean): Weights {
  return { values: data, channels: quantisation.scales.length, lastAxis };
}

/** Bytes of look-up tables in both ways, beside prefix codes of their own for each tensor. */
export function lutSizes(models: readonly (readonly [string, CompressedModel])[]): readonly string[] {
  const rows = models.map(([name, { model }]) => {
    const sums = { perChannel: 0, shared: 0, huffman: 0, raw: 0 };
    for (const layer of model.layers.filter(isWeighted)) {
      const { data, quantisation } = tensorOf(model, layer.weights);
      if (!(data instanceof Int8Array) || quantisation === undefined) continue;
      const weights = weightsOf(data, quantisation, layer.kind === 'depthwiseConv2d');
      const bytes = (encoding: ReturnType<typeof encodeLut>): number =>
        Math.min(data.length, encoding === undefined ? Infinity : storedBytes(encoding));
      sums.perChannel += bytes(encodeLut(weights));
      sums.shared += bytes(encodeLut({ ...weights, channels: 1, lastAxis: false }));
      sums.huffman += bytes(encodeHuffman(weights));
      sums.raw += data.length;
    }
    return `| ${name} | ${number(sums.raw)} | ${number(sums.perChannel)} | ${number(sums.shared)} | ${number(sums.huffman)} |`;
  });
  return [
    '| network | int8 | tables per scale, as the runtime takes them | one table per tensor | prefix codes |',
    '| --- | --: | --: | --: | --: |',
    ...rows,
  ];
}
