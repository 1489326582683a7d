import { flasherErrors, OpqError } from '@opq/errors';
import type { Device } from '@opq/flasher';

/** What `infer` gave. */
interface InferOutcome {
  /** Between its two timestamps, by the board's timer; undefined in energy mode, where a monitor takes the time. */
  readonly microseconds: number | undefined;
  readonly results: readonly number[];
}

export interface SessionOptions {
  /** Bytes of a `db` line: 31, or 26 behind an interface board. */
  readonly lineBytes: number;
  readonly energy: boolean;
  /** Called with all that is said: `> command%`, `< line`. */
  readonly transcript?: ((line: string) => void) | undefined;
}

/** MLPerf Tiny's commands to a board, in the order and form of the public runner; an answer that is not as it should be is an error. */
export interface BenchmarkSession {
  /** What `name` and `profile` answer between their brackets. @throws OPQ0808…OPQ0810 */
  identify(): Promise<{ readonly name: string; readonly profile: string; readonly model: string }>;
  /** Microseconds of the board's timer; undefined in energy mode. */
  timestamp(): Promise<number | undefined>;
  load(sample: Uint8Array): Promise<void>;
  /** @param seconds how long the answer may take */
  infer(runs: number, warmUp: number, seconds: number): Promise<InferOutcome>;
}

/** Number of results that a line of the protocol may hold. */
const MOST_RESULTS = 4096;
const LAP = /^m-lap-us-(\d{1,15})$/;

export function benchmarkSession(
  device: Device,
  { lineBytes, energy, transcript }: SessionOptions,
): BenchmarkSession {
  async function ask(command: string, seconds?: number): Promise<readonly string[]> {
    transcript?.(`> ${command}%`);
    try {
      const lines = await device.command(command, seconds);
      [...lines, 'm-ready'].forEach((line) => transcript?.(`< ${line}`));
      return lines;
    } catch (error) {
      if (error instanceof OpqError) transcript?.(`! ${error.code}: ${error.message}`);
      throw error;
    }
  }

  const wrong = (command: string, wanted: string, lines: readonly string[]): OpqError =>
    flasherErrors.unexpectedAnswer(device.name, command, wanted, lines);

  /** All lines of an answer, each as it should be: its text, or a pattern whose group is given. */
  function matched(
    command: string,
    lines: readonly string[],
    form: readonly (string | RegExp)[],
  ): readonly string[] {
    const groups = form.map((wanted, i) => {
      const line = lines[i] ?? '';
      const group = typeof wanted === 'string' ? (line === wanted ? '' : undefined) : wanted.exec(line)?.[1];
      if (group === undefined)
        throw wrong(command, typeof wanted === 'string' ? wanted : wanted.source, lines);
      return group;
    });
    if (lines.length !== form.length) throw wrong(command, 'just the lines it should have', lines);
    return groups;
  }

  const laps = (count: number): readonly RegExp[] => (energy ? [] : new Array<RegExp>(count).fill(LAP));

  return {
    async identify() {
      const [name = ''] = matched('name', await ask('name'), [/^m-name-dut-\[([^\]]+)\]$/]);
      const [profile = '', model = ''] = matched('profile', await ask('profile'), [
        /^m-profile-\[([^\]]+)\]$/,
        /^m-model-\[([^\]]+)\]$/,
      ]);
      return { name, profile, model };
    },
    async timestamp() {
      const [lap] = matched('timestamp', await ask('timestamp'), laps(1));
      return lap === undefined ? undefined : Number(lap);
    },
    async load(sample) {
      const begin = `db load ${sample.length}`;
      matched(begin, await ask(begin), [`m-[Expecting ${sample.length} bytes]`]);
      for (let from = 0; from < sample.length; from += lineBytes) {
        const line = `db ${Buffer.from(sample.subarray(from, from + lineBytes)).toString('hex')}`;
        matched(line, await ask(line), from + lineBytes < sample.length ? [] : ['m-load-done']);
      }
    },
    async infer(runs, warmUp, seconds) {
      const command = `infer ${runs} ${warmUp}`;
      const form = [
        `m-warmup-start-${warmUp}`,
        'm-warmup-done',
        `m-infer-start-${runs}`,
        ...laps(2),
        'm-infer-done',
        /^m-results-\[([-\d.,]+)\]$/,
      ];
      const lines = await ask(command, seconds);
      const groups = matched(command, lines, form);
      const results = (groups.at(-1) ?? '').split(',').map(Number);
      if (results.length > MOST_RESULTS || !results.every(Number.isFinite))
        throw wrong(command, 'numbers in m-results', lines);
      const microseconds = energy ? undefined : Number(groups[4]) - Number(groups[3]);
      if (microseconds !== undefined && microseconds < 0) throw wrong(command, 'a timer that goes on', lines);
      return { microseconds, results };
    },
  };
}
