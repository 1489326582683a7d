import { readFile, stat } from 'node:fs/promises';

/** Name of the group that may use a port, where that is a group somebody can be added to; undefined else. */
export async function portGroup(path: string): Promise<string | undefined> {
  try {
    const { gid, mode } = await stat(path);
    if (gid === 0 || (mode & 0o060) !== 0o060) return undefined;
    const groups = await readFile('/etc/group', 'utf8');
    return groups
      .split('\n')
      .map((line) => line.split(':'))
      .find(([, , id]) => Number(id) === gid)?.[0];
  } catch {
    return undefined;
  }
}
