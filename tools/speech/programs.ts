import { execFileSync } from 'node:child_process';

const TIMEOUT = 60_000;
const MOST_BYTES = 2 ** 28;

/** What a program writes to standard output. @throws Error that says which Debian package it is of */
export function output(program: string, args: readonly string[], debianPackage: string): Buffer {
  try {
    return execFileSync(program, args, { maxBuffer: MOST_BYTES, timeout: TIMEOUT, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? `is not installed: apt-get install ${debianPackage}` : `failed: ${message}`;
    throw new Error(`${program} ${why}`);
  }
} // prettier-ignore
