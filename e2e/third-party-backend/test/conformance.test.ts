import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runConformance } from '@opq/backend/conformance';
import { backend } from '../dist';

test('the backend satisfies the contract', async (t) => {
  const { results, skipped } = await runConformance(backend(), { print: () => undefined });
  assert.deepEqual(skipped, []);
  for (const { name, problem } of results) await t.test(name, () => assert.equal(problem, undefined));
});
