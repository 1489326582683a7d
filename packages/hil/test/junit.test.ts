import { junitOf, verdictOf } from '../src';
import { aRun } from '../../pipeline/test/a-run';

test('a run that passed', () => {
  const xml = junitOf(aRun());
  expect(xml).toContain('<testsuite name="net on mps2-an386" tests="2" failures="0" errors="0" skipped="0">');
  expect(xml).toContain('name="outputs of 4 samples equal the host\'s"');
  expect(xml).not.toContain('<failure');
  expect(verdictOf(aRun())).toBe('passed');
});

test.each([
  ['an output that differs', { bitExact: { equal: 3, total: 4, firstDifference: 2 } }, 'different', '1 of 4 differ, the first at sample 2'],
  ['a self-test that failed', { selfTest: false }, 'different', 'what is stored with the firmware is not what the board gives'],
  ['a self-test that names a layer', { selfTest: false, difference: { sample: null, what: 'layer', layer: 'conv<2>' } }, 'different', 'what is stored with the firmware is not what the board gives: layer conv&lt;2&gt;'],
  ['accuracy below the threshold', { threshold: 0.8 }, 'below', 'it is 75.00 %'],
  ['a threshold without labels', { threshold: 0.1, accuracy: null, confusion: null }, 'below', 'the samples have no labels'],
] as const)('%s', (_, change, verdict, message) => {
  const run = { ...aRun(), ...change };
  expect(verdictOf(run)).toBe(verdict);
  expect(junitOf(run)).toContain(`<failure message="${message}"`);
  expect(junitOf(run).match(/<failure /g)).toHaveLength(1);
}); // prettier-ignore

test('a threshold that is reached, exactly', () => {
  expect(verdictOf({ ...aRun(), threshold: 0.75 })).toBe('passed');
  expect(junitOf({ ...aRun(), threshold: 0.75 })).toContain('tests="3" failures="0"');
});

test('names from models cannot break the file', () => {
  const model = 'a"<b>&\u0000\u001b[31m\ud800';
  const xml = junitOf({ ...aRun(), model, interruptions: [{ sample: null, code: 'OPQ0807', message: '<gone>&\u0007' }] }); // prettier-ignore
  expect(xml).toContain('a&quot;&lt;b&gt;&amp;\\x00\\x1b[31m');
  expect(xml).toContain('sample -: OPQ0807: &lt;gone&gt;&amp;\\x07');
  expect(xml).not.toMatch(/[\u0000-\u0008\ud800-\udfff]/);
});
