import { dataErrors } from '@opq/errors';
import { eachBlock, partOf, type BlockFile } from '../blocks';
import { npyHeader } from './npy-header';
import { rawNumbers, WIDTH } from '../values';

/** Class numbers in a .npy: whole numbers from 0, [n] or [n, 1]. @throws OPQ0409, OPQ0410, OPQ0416, OPQ0421 */
export function npyLabels(file: BlockFile): Int32Array {
  const { type, shape, header } = npyHeader(file);
  const [count = 0, columns = 1] = shape;
  if (type === 'f32' || type === 'f64' || shape.length < 1 || shape.length > 2 || columns !== 1)
    throw dataErrors.notLabels(file.place, type, shape);
  if (file.bytes - header !== count * WIDTH[type])
    throw dataErrors.notNpy(
      file.place,
      `its header promises ${count} labels of ${WIDTH[type]} bytes, and ${file.bytes - header} bytes follow`,
    );
  const labels = new Int32Array(count);
  let next = 0;
  eachBlock(partOf(file, header, file.bytes - header), 1 << 20, (block) => {
    const numbers = rawNumbers(type, block);
    for (let i = 0; i < numbers.length; i++) {
      const label = numbers[i] ?? -1;
      if (label < 0 || label > 0x7fffffff) throw dataErrors.labelOutside(file.place, next, label);
      labels[next++] = label;
    }
  });
  return labels;
}
