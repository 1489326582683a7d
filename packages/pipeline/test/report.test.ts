import fc from 'fast-check';
import { OpqError } from '@opq/errors';
import { parseRun } from '../src';
import { aRun } from './a-run';

const text = (change: object = {}): string => JSON.stringify({ ...aRun(), ...change });

test('a run is read as it was written', () => {
  expect(parseRun(text(), 'run.json')).toEqual({ kind: 'run', run: aRun() });
});

test('a failure is read as one', () => {
  const failure = { code: 'OPQ0601', message: 'refused', hint: 'see' };
  expect(parseRun(JSON.stringify({ error: failure }), 'x')).toEqual({ kind: 'failure', failure });
});

test.each([
  ['nothing', '', /run\.json is no run of opq: it is not JSON/],
  ['another document', '{"points": []}', /it has no "format": "opq-run"/],
  ['a list', '[]', /it has no "format"/],
  ['another version', text({ version: 2 }), /version: /],
  ['a member that is missing', text({ layers: undefined }), /layers: /],
  ['a member too many', text({ when: 'today' }), /when/],
  ['a share above one', text({ accuracy: { float: 1, host: 2, board: 1 } }), /accuracy\.host/],
  ['a matrix that is not square', text({ confusion: [[1, 2]] }), /confusion: its rows/],
  ['latencies that are too few', text({ latencies: [1] }), /latencies: not one for each sample/],
  ['levels without counts', text({ layers: [{ ...aRun().layers[0], weights: { ...aRun().layers[0]!.weights, counts: [1] } }] }), /layers\.0\.weights: levels and counts/],
])('%s is refused', (_, json, message) => {
  expect(() => parseRun(json, 'run.json')).toThrow(
    expect.objectContaining({ code: 'OPQ0917', message: expect.stringMatching(message) }),
  );
}); // prettier-ignore

test('whatever the text, it is a run or one error', () => {
  const whole = text();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.nat(whole.length).map((n) => whole.slice(0, n)),
        fc.record({ at: fc.nat(whole.length), with: fc.string() }).map((c) => whole.slice(0, c.at) + c.with + whole.slice(c.at + 3)), // prettier-ignore
      ),
      (json) => {
        try {
          parseRun(json, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(OpqError);
        }
      },
    ),
  );
});
