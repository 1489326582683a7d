import { resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { Inflate } from 'fflate';
import { dataErrors, OpqError } from '@opq/errors';
import { eachBlock, memoryBlocks, openBlocks, orClose, partOf, type BlockFile } from '../blocks';
import { cached } from '../cache';
import type { StoredDataset } from '../dataset';
import type { Description } from '../description';
import { npySamples } from './npy';
import { npyLabels } from './npy-labels';
import { packedStart, zipMembers, type ZipMember } from './zip-directory';

/** Up to this many bytes a packed array is unpacked into memory, beyond into a file of the cache. */
const IN_MEMORY = 16 << 20;
const BLOCK = 1 << 16;

/** Gives the unpacked bytes of a member piece by piece. @throws OPQ0411 when they are damaged */
function unpack(packed: BlockFile, member: ZipMember, write: (bytes: Uint8Array) => void): void {
  const damaged = (what: string) => dataErrors.notZip(packed.place, `${member.name} ${what}`);
  let [length, crc] = [0, 0];
  const inflate = new Inflate((bytes) => {
    length += bytes.length;
    if (length > member.bytes) throw damaged('is longer than the list of members says');
    crc = crc32(bytes, crc);
    write(bytes);
  });
  try {
    eachBlock(packed, BLOCK, (block, offset) =>
      // The packer's own buffers may keep what they are given.
      inflate.push(block.slice(), offset + block.length === packed.bytes),
    );
  } catch (error) {
    if (error instanceof OpqError) throw error;
    throw damaged('cannot be unpacked');
  }
  if (length !== member.bytes || crc !== member.crc) throw damaged('is damaged');
}

/** The bytes of one array: as they stand where they are stored, else unpacked. */
function memberBlocks(file: BlockFile, member: ZipMember): BlockFile {
  const place = `${file.place}:${member.name}`;
  const packed = partOf(file, packedStart(file, member), member.packedBytes, place);
  if (!member.deflated) return packed;
  if (member.bytes > IN_MEMORY) {
    const name = `npz-${member.crc.toString(16)}-${member.bytes}-${member.packedBytes}`;
    return cached(name, place, (write) => unpack(packed, member, write));
  }
  const content = new Uint8Array(member.bytes);
  let at = 0;
  unpack(packed, member, (bytes) => {
    content.set(bytes, at);
    at += bytes.length;
  });
  return memoryBlocks(place, content);
}

/** Arrays of samples and labels out of one .npz. @throws OPQ0401, OPQ0403, OPQ0409…OPQ0412, OPQ0416, OPQ0418, OPQ0421, OPQ0422 */
export function openNpz(
  { file: path, samples, labels, ...scaling }: Description<'npz'>,
  base: string,
): StoredDataset {
  return orClose(openBlocks(resolve(base, path)), (file) => {
    const members = zipMembers(file);
    const find = (name: string) => members.find((member) => member.name === `${name}.npy`);
    const needed = (name: string): ZipMember => {
      const member = find(name);
      if (member !== undefined) return member;
      throw dataErrors.noMember(
        file.place,
        name,
        members.map((other) => other.name.replace(/\.npy$/, '')),
      );
    };
    const classes = labels === undefined ? find('y') : needed(labels);
    const labelFile = classes && memberBlocks(file, classes);
    const dataset = npySamples(
      memberBlocks(file, needed(samples)),
      labelFile && { place: labelFile.place, numbers: npyLabels(labelFile) },
      scaling,
    );
    const close = (): void => {
      dataset.close();
      file.close();
    };
    return { ...dataset, close };
  });
}
