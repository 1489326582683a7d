import { dataErrors } from '@opq/errors';
import type { BlockFile } from '../blocks';

/** A file inside a zip. */
export interface ZipMember {
  readonly name: string;
  readonly deflated: boolean;
  /** Of the unpacked bytes. */
  readonly crc: number;
  readonly bytes: number;
  readonly packedBytes: number;
  /** Where its local header starts. */
  readonly header: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const LARGEST_DIRECTORY = 16 << 20;
const FULL = 0xffffffff;

interface Directory {
  readonly start: number;
  readonly bytes: number;
}

/** Where the list of members is, from the record at the end, or from its 64-bit form. */
function directoryOf(file: BlockFile): Directory {
  const length = Math.min(file.bytes, 22 + 0xffff);
  const tail = file.bytes - length;
  const view = new DataView(file.read(tail, length).buffer);
  let end = length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end--;
  if (end < 0) throw dataErrors.notZip(file.place, 'it has no list of members, or ends too early');
  const directory = { bytes: view.getUint32(end + 12, true), start: view.getUint32(end + 16, true) };
  if (end < 20 || view.getUint32(end - 20, true) !== LOCATOR_64) return directory;
  const at = Number(view.getBigUint64(end - 12, true));
  if (!(at + 56 <= file.bytes)) throw dataErrors.notZip(file.place, 'its list of members is damaged');
  const wide = new DataView(file.read(at, 56).buffer);
  if (wide.getUint32(0, true) !== END_64)
    throw dataErrors.notZip(file.place, 'its list of members is damaged');
  return { bytes: Number(wide.getBigUint64(40, true)), start: Number(wide.getBigUint64(48, true)) };
}

/** The values that do not fit 32 bits, in the order in which they stand in the 64-bit extra field (number 1). */
function wideValues(extra: DataView): readonly number[] {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    if (at + 4 + length > extra.byteLength) break;
    if (extra.getUint16(at, true) === 1)
      return Array.from({ length: Math.floor(length / 8) }, (_, i) =>
        Number(extra.getBigUint64(at + 4 + 8 * i, true)),
      );
    at += 4 + length;
  }
  return [];
}

/** The members of a zip, by its list at the end (APPNOTE.TXT 6.3.10, 4.3 and 4.5.3). @throws OPQ0411 */
export function zipMembers(file: BlockFile): readonly ZipMember[] {
  const damaged = () => dataErrors.notZip(file.place, 'its list of members is damaged');
  if (file.bytes < 22) throw dataErrors.notZip(file.place, 'it is too short');
  const { start, bytes } = directoryOf(file);
  if (bytes > LARGEST_DIRECTORY || !(start + bytes <= file.bytes)) throw damaged();
  const block = file.read(start, bytes);
  const view = new DataView(block.buffer);
  const members: ZipMember[] = [];
  for (let at = 0; at < bytes; ) {
    if (at + 46 > bytes || view.getUint32(at, true) !== ENTRY) throw damaged();
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) =>
      view.getUint16(at + o, true),
    ) as [number, number, number];
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > bytes) throw damaged();
    const name = new TextDecoder().decode(block.subarray(at + 46, at + 46 + nameLength));
    if ((flags & 1) !== 0) throw dataErrors.notZip(file.place, `${name} is encrypted`);
    if (method !== 0 && method !== 8)
      throw dataErrors.notZip(file.place, `${name} is packed by method ${method}`);
    const wide = [...wideValues(new DataView(block.buffer, at + 46 + nameLength, extraLength))];
    const value = (offset: number): number => {
      const narrow = view.getUint32(at + offset, true);
      return narrow === FULL ? (wide.shift() ?? FULL) : narrow;
    };
    // The order of the 64-bit field: unpacked size, packed size, place.
    const [unpacked, packedBytes, header] = [value(24), value(20), value(42)];
    members.push({
      name,
      deflated: method === 8,
      crc: view.getUint32(at + 16, true),
      bytes: unpacked,
      packedBytes,
      header,
    });
    at = next;
  }
  return members;
}

/** Where the packed bytes of a member start: behind its local header. @throws OPQ0411 */
export function packedStart(file: BlockFile, member: ZipMember): number {
  const damaged = () => dataErrors.notZip(file.place, `${member.name} leads outside the file`);
  if (!(member.header + 30 <= file.bytes)) throw damaged();
  const view = new DataView(file.read(member.header, 30).buffer);
  if (view.getUint32(0, true) !== LOCAL) throw damaged();
  const start = member.header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (!(start + member.packedBytes <= file.bytes)) throw damaged();
  if (!member.deflated && member.packedBytes !== member.bytes) throw damaged();
  return start;
}
