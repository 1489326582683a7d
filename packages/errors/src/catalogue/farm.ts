import { OpqError, printable } from '../opq-error';

/** OPQ19xx: boards of several machines behind one Redis. Addresses come without passwords. */
export const farmErrors = {
  badAddress: (reason: string) =>
    new OpqError({
      code: 'OPQ1901',
      message: `The address of the farm's Redis cannot be used: ${printable(reason)}.`,
      hint: 'Name it as redis://host:6379/0, or rediss://user:password@host:6380/0 for TLS with a password; OPQ_REDIS_PASSWORD holds the password as well.',
    }),
  unreachable: (address: string, reason: string) =>
    new OpqError({
      code: 'OPQ1902',
      message: `Redis at ${printable(address)} cannot be reached: ${printable(reason, 200)}.`,
      hint: 'Check host and port, that redis-server runs there and listens on that interface, and the firewall between.',
    }),
  refused: (address: string, reason: string) =>
    new OpqError({
      code: 'OPQ1903',
      message: `Redis at ${printable(address)} refuses the work: ${printable(reason, 200)}.`,
      hint: 'Give user and password (in the address, or OPQ_REDIS_PASSWORD); the user needs read and write on keys that begin with opq-farm, and scripts.',
    }),
  lost: (address: string, seconds: number) =>
    new OpqError({
      code: 'OPQ1904',
      message: `The connection to Redis at ${printable(address)} was lost and did not come back within ${seconds} seconds.`,
      hint: 'Start redis-server again. Workers and waiting commands have to be started again too; nothing is measured twice.',
    }),
  notTaken: (board: string, seconds: number, serving: number) =>
    new OpqError({
      code: 'OPQ1905',
      message:
        serving === 0
          ? `No worker of the farm serves ${printable(board)}; it was waited for ${seconds} seconds.`
          : `No board took the job within ${seconds} seconds: ${serving} in the farm ${serving === 1 ? 'is' : 'are'} ${printable(board)}, and busy.`,
      hint: 'See `opq farm status`; start a worker with that board (`opq farm worker --board …`), or wait longer (--wait).',
    }),
  tooLarge: (bytes: number, limit: number) =>
    new OpqError({
      code: 'OPQ1906',
      message: `The job takes ${bytes.toLocaleString('en-US')} bytes; a farm takes at most ${limit.toLocaleString('en-US')}.`,
      hint: 'Run fewer samples at a time (--samples), or run without --farm.',
    }),
  badJob: (problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ1907',
      message: `A job of the farm is not as jobs are: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'Use the same version of opq for workers and commands, and a Redis that nothing else writes to.',
    }),
  tookWorkersDown: (workers: number) =>
    new OpqError({
      code: 'OPQ1908',
      message: `The job was given up: ${workers} workers in a row ended, or stood still, while they ran it.`,
      hint: 'Look at what the workers said last; run the job without --farm to see where it fails.',
    }),
  gone: () =>
    new OpqError({
      code: 'OPQ1909',
      message: 'The job is no longer in Redis.',
      hint: 'Redis was emptied, or started again without its data; run the command again.',
    }),
  boardTaken: (board: string) =>
    new OpqError({
      code: 'OPQ1910',
      message: `Another worker of the farm serves the board ${printable(board)} already.`,
      hint: 'A board belongs to one worker; after a worker that was killed, its boards are free again when their lease is over (--lease).',
    }),
  leaseLost: (board: string) =>
    new OpqError({
      code: 'OPQ1911',
      message: `The lease of board ${printable(board)} was lost: this worker stood still for longer than it lasts.`,
      hint: 'Start the worker again; a longer lease (--lease) bears more.',
    }),
  badAnswer: (problem: string) =>
    new OpqError({
      code: 'OPQ1912',
      message: `The farm answered what this version of opq cannot read: ${printable(problem, 200)}.`,
      hint: 'Use the same version of opq for workers and commands, and a Redis that nothing else writes to.',
    }),
  workerFailed: (board: string, reason: string) =>
    new OpqError({
      code: 'OPQ1913',
      message: `The worker at ${printable(board)} failed unexpectedly: ${printable(reason, 200)}.`,
      hint: 'Run the job without --farm to see all of it; if that fails too, it is a defect of opq: please report it.',
    }),
  badBoardName: (name: string) =>
    new OpqError({
      code: 'OPQ1914',
      message: `"${printable(name)}" cannot be the name of a board in a farm.`,
      hint: 'Names are up to 64 letters, digits, dots, hyphens and underscores; a description file gives its own name without .json.',
    }),
  descriptionHere: (file: string) =>
    new OpqError({
      code: 'OPQ1915',
      message: `${printable(file)} describes a device of this machine, and boards of a farm are at its workers.`,
      hint: 'Name a target, or a board by the name its worker gives it (`opq farm status`).',
    }),
} as const;
