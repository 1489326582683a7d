import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readLabels } from '@opq/data';
import { hilErrors } from '@opq/errors';

/** Samples as they are sent to a board, byte for byte. */
export interface BenchmarkData {
  /** Number of samples. */
  readonly count: number;
  /** What a sample is called, for people. */
  name(index: number): string;
  /** Its class, 0 being normal where anomalies are told; undefined without labels. */
  label(index: number): number | undefined;
  /** What is sent of it, one after the other: the whole sample, or windows of it. @throws OPQ1608 */
  windows(index: number): readonly Uint8Array[];
}

export interface DataPlace {
  /** A folder with y_labels.csv, as MLPerf Tiny gives its data sets out, or a file of samples one after the other. */
  readonly path: string;
  /** Class numbers of the samples in a file. */
  readonly labels?: string | undefined;
  readonly labelsColumn?: number | undefined;
  /** Bytes that the board takes at a time. */
  readonly bytes: number;
}

const LABELS = 'y_labels.csv';
const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function read(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw hilErrors.benchmarkData(path, reason(error));
  }
}

/** Opens the samples of a benchmark: a folder with y_labels.csv, or one file. @throws OPQ1608, and what reading labels throws */
export function openBenchmarkData(place: DataPlace): BenchmarkData {
  const { path } = place;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw hilErrors.benchmarkData(path, 'there is no such file or folder');
  if (!found.isDirectory()) return samplesInFile(place);
  if (place.labels !== undefined)
    throw hilErrors.benchmarkData(path, `a folder brings its own labels, in ${LABELS}`);
  return samplesInFolder(place);
}

function samplesInFile({ path, labels, labelsColumn, bytes }: DataPlace): BenchmarkData {
  const content = read(path);
  if (content.length === 0 || content.length % bytes !== 0)
    throw hilErrors.benchmarkData(path, `${content.length} bytes are not samples of ${bytes} bytes`);
  const count = content.length / bytes;
  const numbers = labels === undefined ? undefined : readLabels(labels, labelsColumn).numbers;
  if (numbers !== undefined && numbers.length < count && labels !== undefined)
    throw hilErrors.benchmarkData(labels, `it labels ${numbers.length} of ${count} samples`);
  return {
    count,
    name: (index) => `sample ${index}`,
    label: (index) => numbers?.[index],
    windows: (index) => [content.subarray(index * bytes, (index + 1) * bytes)],
  };
}

interface Row {
  readonly file: string;
  readonly label: number;
  /** Bytes from the begin of a window to the next; undefined where the file is one sample. */
  readonly stride: number | undefined;
}

/** A row is: file, number of classes, class, and for windows: their bytes, and from the begin of one to the next. */
function rowOf(path: string, line: string, index: number, bytes: number): Row {
  const bad = (why: string): Error => hilErrors.benchmarkData(path, `row ${index + 1}: ${why}`);
  const [file = '', , label = '', width, stride, ...more] = line.split(',').map((cell) => cell.trim());
  if (file === '' || basename(file) !== file || file === '..' || file === '.')
    throw bad('it begins with no name of a file in that folder');
  if (!/^\d{1,6}$/.test(label)) throw bad('its third cell is no class');
  if (more.length > 0 || (width === undefined) !== (stride === undefined))
    throw bad('it has neither three cells nor five');
  if (width === undefined || stride === undefined) return { file, label: Number(label), stride: undefined };
  if (Number(width) !== bytes) throw bad(`its windows have ${width} bytes, and the network takes ${bytes}`);
  if (!/^[1-9]\d{0,8}$/.test(stride)) throw bad('its last cell is no number of bytes');
  return { file, label: Number(label), stride: Number(stride) };
}

function samplesInFolder({ path, bytes }: DataPlace): BenchmarkData {
  const place = join(path, LABELS);
  const rows = new TextDecoder()
    .decode(read(place))
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line, index) => rowOf(place, line, index, bytes));
  if (rows.length === 0) throw hilErrors.benchmarkData(place, 'it names no samples');
  const row = (index: number): Row => {
    const found = rows[index];
    if (found === undefined) throw new RangeError(`there is no sample ${index}`);
    return found;
  };
  return {
    count: rows.length,
    name: (index) => row(index).file,
    label: (index) => row(index).label,
    windows(index) {
      const { file, stride } = row(index);
      const content = read(join(path, file));
      const fits = stride === undefined ? content.length === bytes : content.length >= bytes;
      if (!fits)
        throw hilErrors.benchmarkData(
          join(path, file),
          `it has ${content.length} bytes, and the network takes ${bytes}`,
        );
      const windows: Uint8Array[] = [];
      for (let from = 0; from + bytes <= content.length; from += stride ?? bytes)
        windows.push(content.subarray(from, from + bytes));
      return windows;
    },
  };
}
