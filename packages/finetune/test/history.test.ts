import { better, type EpochRecord } from '../src/history';

const epoch = (accuracy: number | null, loss: number, fits = true): EpochRecord => ({
  epoch: 1,
  loss: 1,
  validation: { loss, accuracy },
  bytes: 100,
  fits,
  bitPrice: 0,
  learningRate: 0.01,
});

/** Number of the epoch that leads in the end. */
function leading(history: readonly EpochRecord[], samples: number): number {
  let leader = 0;
  history.forEach((next, i) => {
    const before = history.slice(0, i);
    if (i > 0 && better(next, history[leader] as EpochRecord, before, samples)) leader = i;
  });
  return leader;
}

test('of many samples the highest accuracy leads, and of equal ones the smallest loss', () => {
  const history = [epoch(0.8, 1), epoch(0.861, 0.9), epoch(0.86, 0.3), epoch(0.861, 0.8), epoch(0.861, 0.85)];
  expect(leading(history, 2500)).toBe(3);
});

test('of few samples an accuracy within one standard error is as good, and the smallest loss leads', () => {
  // Of 50 samples at 86 % that is 4.9 points.
  const history = [epoch(0.62, 2), epoch(0.86, 1.5), epoch(0.8, 0.4), epoch(0.82, 0.7), epoch(0.84, 0.8)];
  expect(leading(history, 50)).toBe(3);
  // What led before is left behind by an accuracy that is clearly higher, whatever its loss.
  expect(leading([...history, epoch(0.98, 3)], 50)).toBe(5);
});

test('what keeps to the budget comes first, and without labels the loss decides', () => {
  expect(leading([epoch(0.5, 1), epoch(0.9, 0.1, false), epoch(0.55, 0.9)], 2500)).toBe(2);
  expect(leading([epoch(0.9, 0.1, false), epoch(0.5, 1)], 50)).toBe(1);
  expect(leading([epoch(null, 1), epoch(null, 0.5), epoch(null, 0.7)], 50)).toBe(1);
});
