import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRun, readSweep } from '@opq/pipeline';
import { reportOn, sweepCurves } from '../src';

const place = (name: string): string => join(__dirname, '../../../docs/examples/ic-resnet8', name);

test('the report of the example is what its run gives', async () => {
  const run = readRun(place('run.json'));
  const html = await reportOn(run, sweepCurves(readSweep(place('sweep.json'))));
  expect(html === readFileSync(place('report.html'), 'utf8')).toBe(true);
  expect(run).toMatchObject({ kind: 'run', run: { samples: 200, bitExact: { equal: 200, total: 200 } } });
});
