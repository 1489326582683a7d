import { onnx } from 'onnx-proto';
import { Unsupported } from './problems';
import { FLOAT, INT64, toNumber } from './tensors';

const { AttributeType } = onnx.AttributeProto;

/** Attributes of one node, by name. A value of another type than asked for is refused, never read as a default. */
export class Attributes {
  private readonly byName: ReadonlyMap<string, onnx.IAttributeProto>;

  constructor(list: readonly onnx.IAttributeProto[]) {
    this.byName = new Map(list.map((attribute) => [attribute.name ?? '', attribute]));
  }

  private find(name: string, type: onnx.AttributeProto.AttributeType): onnx.IAttributeProto | undefined {
    const found = this.byName.get(name);
    // Files of ONNX's first year leave the type out.
    if (found !== undefined && found.type !== type && found.type !== AttributeType.UNDEFINED)
      throw new Unsupported(`with the attribute ${name} of another type`);
    return found;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  int(name: string, fallback: number): number {
    const found = this.find(name, AttributeType.INT);
    return found === undefined ? fallback : toNumber(found.i ?? 0);
  }

  float(name: string, fallback: number): number {
    return this.find(name, AttributeType.FLOAT)?.f ?? fallback;
  }

  ints(name: string): readonly number[] | undefined {
    return this.find(name, AttributeType.INTS)?.ints?.map(toNumber);
  }

  text(name: string, fallback: string): string {
    const bytes = this.find(name, AttributeType.STRING)?.s;
    return bytes === undefined || bytes === null ? fallback : String.fromCharCode(...bytes.subarray(0, 80));
  }

  /** The element type a Cast asks for; 0 where it is not said soundly. */
  castTo(): number {
    const found = this.byName.get('to');
    return found?.type === AttributeType.INT ? toNumber(found.i ?? 0) : 0;
  }

  /** What a node Constant holds, as a tensor. @throws Unsupported */
  constant(): onnx.ITensorProto {
    const tensor = this.find('value', AttributeType.TENSOR)?.t;
    if (tensor) return tensor;
    const scalar = this.has('value_float') || this.has('value_int');
    const floats = this.has('value_float')
      ? [this.float('value_float', 0)]
      : this.find('value_floats', AttributeType.FLOATS)?.floats;
    if (floats) return { dataType: FLOAT, dims: scalar ? [] : [floats.length], floatData: floats };
    const ints = this.has('value_int') ? [this.int('value_int', 0)] : this.ints('value_ints');
    if (ints) return { dataType: INT64, dims: scalar ? [] : [ints.length], int64Data: [...ints] };
    throw new Unsupported('of a kind that is no tensor of numbers');
  }
}
