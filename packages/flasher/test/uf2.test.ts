import { awaitPort, driveLoaderOf, uf2Loader } from '../src';

test('the loader of a board that takes a file is what its target names; opq has one for two families', () => {
  const own = uf2Loader({ name: 'disk', family: 1, drive: 'OWN' });
  const line = { api: 1, name: 'line', line: { baudRate: 9600 }, flash: () => Promise.reject() } as const;
  expect(driveLoaderOf({ loader: 'disk' }, [line, own], 'rp2040')).toBe(own);
  expect(driveLoaderOf({ loader: 'line' }, [line, own], 'rp2040')).toBeUndefined();
  expect(driveLoaderOf({ loader: 'esp-rom' }, [own], 'rp2040')).toBeUndefined();
  expect(driveLoaderOf({ loader: 'uf2' }, [own], 'rp2350-arm-s')).toMatchObject({
    name: 'uf2',
    drive: 'RP2350',
  });
});

test('a port that stays away is told, and a line over TCP is not waited for', async () => {
  const wait = (port: string, signal?: AbortSignal) => awaitPort(port, { seconds: 0.2, signal });
  await expect(wait('/dev/ttyNONE')).rejects.toMatchObject({ code: 'OPQ0803' });
  await expect(wait('/dev/ttyNONE', AbortSignal.abort())).rejects.toMatchObject({ code: 'OPQ0814' });
  await wait('socket://nowhere:1');
});
