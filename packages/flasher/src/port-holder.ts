import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A process that has a port open. */
export interface PortHolder {
  readonly pid: number;
  /** Its program, as the system names it. */
  readonly program: string;
}

async function hasOpen(pid: string, path: string): Promise<boolean> {
  const folder = join('/proc', pid, 'fd');
  try {
    const links = await Promise.all(
      (await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => '')),
    );
    return links.includes(path);
  } catch {
    // Ended meanwhile, or of another user.
    return false;
  }
}

/** Process ids that hold a lock on the inode, by the kernel's own list. */
async function lockers(inode: number): Promise<readonly string[]> {
  const list = await readFile('/proc/locks', 'utf8').catch(() => '');
  return [...list.matchAll(/FLOCK\s+\S+\s+\S+\s+(\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s/g)]
    .filter(([, , of]) => Number(of) === inode)
    .map(([, pid = '']) => pid);
}

/**
 * Who has a port open, as far as /proc tells: on Linux, processes of the same user (of everybody, for root). Of several, the
 * one that holds the lock.
 */
export async function portHolder(port: string): Promise<PortHolder | undefined> {
  try {
    const path = await realpath(port);
    const { ino } = await stat(path);
    const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const open = await Promise.all(processes.map((pid) => hasOpen(pid, path)));
    const holders = processes.filter((_, i) => open[i]);
    const locking = await lockers(ino);
    const pid = holders.find((holder) => locking.includes(holder)) ?? holders[0];
    if (pid === undefined) return undefined;
    const program = await readFile(join('/proc', pid, 'comm'), 'utf8').catch(() => '');
    return { pid: Number(pid), program: program.trim() };
  } catch {
    return undefined;
  }
}
