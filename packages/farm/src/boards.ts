import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { farmErrors } from '@opq/errors';
import type { Loader, PortLoader } from '@opq/flasher';
import type { BoardUnderTest } from '@opq/hil';
import type { Target } from '@opq/targets';
import { BOARD_KEYS, boardKey, type Wish } from './names';
import type { Connection } from './redis';

/** A board that a worker serves. */
export interface FarmBoard {
  /** The only one of its name in the farm. */
  readonly name: string;
  /** False where the name was made up, for an emulated board of which there may be many. */
  readonly named: boolean;
  /** What firmware is built for. */
  readonly target: Target;
  /** How it is reached from the worker's machine. */
  readonly board: BoardUnderTest;
  /** Writes each job's firmware to a board on a port. */
  readonly loader?: PortLoader | Loader | 'none' | undefined;
}

/**
 * Checks the name of a board: a letter or digit, then at most 63 letters, digits, `_`, `.` or `-`. It becomes part of keys in
 * Redis.
 * @throws OPQ1914
 */
export function boardName(name: string): string {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) throw farmErrors.badBoardName(name);
  return name;
}

/** An emulated board under a name that no other has. */
export const emulatedBoard = (target: Target): FarmBoard => ({
  name: `${target.name.slice(0, 48)}_${randomUUID().slice(0, 8)}`,
  named: false,
  target,
  board: { connection: { kind: 'emulator' }, expect: {} },
});

/** What jobs a board takes, in order: those that name it before those that take any of its target. */
export const wishesOf = ({
  name,
  named,
  target,
}: Pick<Announcement, 'name' | 'named' | 'target'>): readonly Wish[] => [
  ...(named ? [{ kind: 'board', name } as const] : []),
  { kind: 'target', name: target },
];

/** What workers say of their boards. */
const announcementSchema = z.strictObject({
  name: z.string().max(64),
  named: z.boolean(),
  target: z.string().max(80),
  /** Name of the machine. */
  host: z.string().max(255),
  worker: z.string().max(64),
  /** Of the job that runs on it. */
  job: z.string().max(64).nullable(),
});
/** What a worker says of a board for as long as it serves it: the board's name and target, the machine, and the job that runs. */
export type Announcement = Readonly<z.infer<typeof announcementSchema>>;

export const serves = (announced: Announcement, wish: Wish): boolean =>
  wish.kind === 'target' ? announced.target === wish.name : announced.named && announced.name === wish.name;

/** Sets a key for its owner only: KEYS[1]; ARGV: owner, value, milliseconds. The owner is the value's member `worker`. */
const CLAIM = `
local before = redis.call('get', KEYS[1])
if before then
  local read, was = pcall(cjson.decode, before)
  if read and was.worker ~= ARGV[1] then return 0 end
end
redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
return 1`;

const RELEASE = `
local before = redis.call('get', KEYS[1])
if not before then return 0 end
local read, was = pcall(cjson.decode, before)
if read and was.worker ~= ARGV[1] then return 0 end
return redis.call('del', KEYS[1])`;

/** Takes a board for a worker, or keeps it, for so many milliseconds. Gives false where it is another worker's. */
export const claim = async (
  { redis }: Connection,
  announced: Announcement,
  milliseconds: number,
): Promise<boolean> =>
  (await redis.eval(
    CLAIM,
    1,
    boardKey(announced.name),
    announced.worker,
    JSON.stringify(announced),
    milliseconds,
  )) === 1;

export const release = async ({ redis }: Connection, { name, worker }: Announcement): Promise<void> => {
  await redis.eval(RELEASE, 1, boardKey(name), worker);
};

/** All boards whose workers are alive, by name. Entries that cannot be read are left out. */
export async function announcedBoards({ redis }: Connection): Promise<readonly Announcement[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${BOARD_KEYS}*`, 'COUNT', 500);
    found.forEach((key) => keys.add(key));
    cursor = next;
  } while (cursor !== '0');
  if (keys.size === 0) return [];
  const values = await redis.mget([...keys]);
  return values
    .flatMap((value) => {
      const parsed = announcementSchema.safeParse(readJson(value));
      return parsed.success ? [parsed.data] : [];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function readJson(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
