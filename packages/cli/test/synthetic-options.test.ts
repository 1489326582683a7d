import { Command } from 'commander';
import {
  rangeNote,
  syntheticFlags,
  syntheticPlanOf,
  syntheticText,
  type SyntheticFlags,
} from '../src/synthetic-options';

const RUN = { runtime: 'auto', workers: 1 } as const;

const parsed = (...args: readonly string[]): SyntheticFlags => {
  const command = syntheticFlags(new Command(), 'they train').exitOverride();
  return command.parse(args, { from: 'user' }).opts<SyntheticFlags>();
};
const plan = (...args: readonly string[]) => syntheticPlanOf(parsed(...args), RUN);

describe('--synthetic', () => {
  it('is off where it is not given', () => expect(plan()).toBeUndefined());

  it('leaves the kind to what the input is, and takes seed 1, unless more is said', () =>
    expect(plan('--synthetic', '512', '--input-range=-1,1')).toEqual({
      count: 512,
      seed: 1,
      kind: 'auto',
      known: { range: [-1, 1], mean: undefined, deviation: undefined, layout: undefined },
      ...RUN,
    }));

  it('takes all that is known of an input', () =>
    expect(
      plan(
        ...[
          '--synthetic',
          '8',
          '--synthetic-kind',
          'scenes',
          '--synthetic-seed',
          '7',
          '--input-range',
          '0,1',
        ],
        ...['--input-mean', '0.1', '--input-deviation', '0.3', '--input-layout', '28,28,1'],
      ),
    ).toMatchObject({
      kind: 'scenes',
      seed: 7,
      known: { mean: [0.1], deviation: [0.3], layout: [28, 28, 1] },
    }));

  it.each([
    [['--input-range', '0,1'], '--input-range goes with --synthetic.'],
    [['--synthetic-seed', '3'], '--synthetic-seed goes with --synthetic.'],
    [
      ['--synthetic', '8', '--synthetic-kind', 'dreams'],
      '--synthetic-kind is optimised, white, coloured, scenes; not "dreams".',
    ],
    [['--synthetic', '8', '--input-range', '5'], '--input-range takes two numbers, such as 0,255.'],
    [['--synthetic', '8', '--input-range', '0,1,2'], '--input-range takes two numbers, such as 0,255.'],
    [['--synthetic', '8', '--synthetic-seed', '1.5'], '--synthetic-seed is a whole number, not 1.5.'],
    [['--synthetic', '0'], '"0" is not a whole number above zero.'],
    [['--synthetic', '8', '--input-mean', '1,x'], '"x" is not a number.'],
  ])('refuses %j', (args, words) =>
    expect(() => plan(...args)).toThrow(
      expect.objectContaining({ code: 'OPQ0909', message: expect.stringContaining(words) }),
    ),
  );

  it('warns where only the range of what is no colour image is known', () => {
    const inputs = (channels: number) =>
      ({ statistics: { layout: [8, 8, channels] } }) as unknown as Parameters<typeof rangeNote>[1];
    const known = (...args: readonly string[]) => plan('--synthetic', '8', '--input-range', '0,1', ...args)!;
    expect(rangeNote(known(), inputs(1))).toContain('only the range of the input is known');
    expect(rangeNote(known(), inputs(3))).toBeUndefined();
    expect(rangeNote(known('--input-mean', '0.1'), inputs(1))).toBeUndefined();
  });

  it('is told in one line', () =>
    expect(
      syntheticText({
        count: 1024,
        kind: 'optimised',
        seed: 1,
        range: [0, 255],
        mean: [127.5],
        deviation: [63.75],
      }),
    ).toBe('1,024 synthetic inputs (optimised; 0 to 255, mean 127.5, deviation 63.75)'));
});
