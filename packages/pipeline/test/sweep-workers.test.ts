import { join } from 'node:path';
import { runTasks, type PoolRequest } from '../src/sweep/workers';

type Task = { readonly does: 'answer'; readonly value: number } | { readonly does: 'fail' | 'defect' | 'die' | 'hang' }; // prettier-ignore

const program = join(__dirname, 'support/tasks.cjs');
const named = (tasks: readonly Task[]) => tasks.map((task, i) => ({ name: `task${i}`, task }));
const run = (tasks: readonly Task[], options: Partial<PoolRequest<Task, number>> = {}) =>
  runTasks<Task, number>({ program, workers: 2, tasks: named(tasks), ...options });
const answer = (value: number): Task => ({ does: 'answer', value });

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each([1, 2, 5])('%d processes answer in the order of the tasks and are gone at the end', async (workers) => {
  const processes = new Set<number>();
  const finished: number[] = [];
  const outcomes = await run([0, 1, 2, 3].map(answer), {
    workers,
    progress: (_, share, message) => {
      expect(share).toBe(0.5);
      processes.add(Number(message));
    },
    finished: (index) => finished.push(index),
  });
  expect(outcomes).toEqual([0, 1, 2, 3].map((result) => ({ kind: 'done', result })));
  expect(finished.toSorted()).toEqual([0, 1, 2, 3]);
  expect(processes.size).toBeLessThanOrEqual(Math.min(workers, 4));
  expect([...processes].filter(alive)).toEqual([]);
}); // prettier-ignore

test('what fails, breaks or dies stops no other', async () => {
  const defects: string[] = [];
  const tasks: readonly Task[] = [answer(1), { does: 'die' }, { does: 'fail' }, { does: 'defect' }, answer(2)];
  const outcomes = await run(tasks, { workers: 1, defect: (name, stack) => defects.push(`${name} ${stack}`) });
  expect(outcomes).toEqual([
    { kind: 'done', result: 1 },
    { kind: 'failed', error: expect.objectContaining({ code: 'OPQ0914', message: 'Point task1 of the sweep came to no end: its process ended with 7, and said: out of memory.' }) },
    { kind: 'failed', error: { code: 'OPQ0303', message: 'no', hint: 'less' } },
    { kind: 'failed', error: expect.objectContaining({ code: 'OPQ0914', message: expect.stringContaining('TypeError: x is not y') }) },
    { kind: 'done', result: 2 },
  ]);
  expect(defects).toEqual(['task3 TypeError: x is not y\n    at z']);
}); // prettier-ignore

test('a program that does not start fails every task once', async () => {
  const outcomes = await run([answer(1), answer(2), answer(3)], { program: join(__dirname, 'nowhere.cjs') });
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(['failed', 'failed', 'failed']);
}); // prettier-ignore

test('stopping ends processes that listen and kills one that does not', async () => {
  const controller = new AbortController();
  const processes: number[] = [];
  const progress = (_: number, __: number, message: string): void => {
    if (processes.push(Number(message)) === 2) controller.abort();
  };
  const options = { progress, signal: controller.signal, grace: 50 };
  await expect(run([{ does: 'hang' }, { does: 'hang' }, answer(1)], options)).rejects.toMatchObject({ code: 'OPQ0814' }); // prettier-ignore
  expect(processes.filter(alive)).toEqual([]);
});

test('nothing begins where all is stopped already', async () => {
  const progress = jest.fn();
  await expect(run([answer(1)], { signal: AbortSignal.abort(), progress })).rejects.toMatchObject({ code: 'OPQ0814' }); // prettier-ignore
  expect(progress).not.toHaveBeenCalled();
});
