import { redisAddress } from '../src';
import { boardName } from '../src/boards';
import { queueName } from '../src/names';

test('an address is shown without its user and password', () => {
  const address = redisAddress('rediss://boards:pa%3Ass@lab:6380/2');
  expect(address).toEqual({ url: 'rediss://boards:pa%3Ass@lab:6380/2', shown: 'rediss://lab:6380/2' });
  expect(redisAddress('redis://lab', 'a:b@c').url).toBe('redis://:a%3Ab%40c@lab');
  expect(redisAddress('redis://:own@lab', 'other').url).toBe('redis://:own@lab');
});

test.each([
  'lab:6379',
  'http://lab:6379',
  'unix:///tmp/redis.sock',
  'redis://lab/0?family=6',
  'redis://lab/name',
  'redis://',
  '',
])('%s is no address', (text) => {
  expect(() => redisAddress(text)).toThrow(expect.objectContaining({ code: 'OPQ1901' }));
});

test.each(['', '-x', 'a b', '../x', 'x'.repeat(65), 'a:b', 'a*'])('"%s" is no name of a board', (name) => {
  expect(() => boardName(name)).toThrow(expect.objectContaining({ code: 'OPQ1914' }));
});

test('a queue has a name that keys can hold, and each wish its own', () => {
  const names = ['mps2-an386', 'a:b', 'a b', 'x'.repeat(80)].flatMap((name) => [queueName({ kind: 'target', name }), queueName({ kind: 'board', name })]); // prettier-ignore
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^(target|board)-[\w.-]+$/);
});
