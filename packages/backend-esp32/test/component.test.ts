import { requireChecked } from '@opq/backend';
import { generateModel } from '@opq/ir/testing';
import { findTarget } from '@opq/targets';
import { esp32 } from '../src';

const emit = async (name: string) => {
  const target = findTarget(name);
  const backend = esp32();
  const { artifacts } = await backend.emit(requireChecked(generateModel(13), backend, target), target);
  return new Map(artifacts.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]));
};

test.each(['esp32', 'esp32s3', 'esp32c3'])('%s: an emission is a component and a library', async (name) => {
  const files = await emit(name);
  const library: unknown = JSON.parse(files.get('library.json')!);
  expect(library).toMatchObject({ name: 'opq_model', build: { srcDir: 'src' } });
  const properties = new Map(files.get('library.properties')!.trim().split('\n').map((l) => l.split('=') as [string, string])); // prettier-ignore
  for (const key of ['name', 'version', 'author', 'maintainer', 'sentence', 'paragraph', 'category', 'url', 'architectures'])
    expect(properties.get(key)).toBeTruthy(); // prettier-ignore
  expect(files.get('idf_component.yml')).toMatch(/^version: "\d+\.\d+\.\d+"$/m);
  expect(files.get('CMakeLists.txt')).toContain('idf_component_register(');
  // Every option that CMake and the linker fragment ask for is one of Kconfig's.
  const asked = [files.get('CMakeLists.txt')!, files.get('linker.lf')!].flatMap((text) => [...text.matchAll(/(?:CONFIG_|if |&& )(OPQ_\w+)/g)].map((m) => m[1]!)); // prettier-ignore
  expect(asked.length).toBeGreaterThan(3);
  for (const option of asked) expect(files.get('Kconfig')).toContain(`config ${option}`);
  for (const path of files.keys()) if (/\.[ch]$/.test(path)) expect(path).toMatch(/^src\/[a-z0-9_]+\.[ch]$/);
});

test('the sources are those of the board that stands in, byte for byte', async () => {
  for (const name of ['esp32', 'esp32s3', 'esp32c3']) {
    const own = await emit(name);
    const standIn = await emit(findTarget(name).standIn!);
    for (const [path, text] of standIn) expect(own.get(`src/${path.split('/').at(-1)}`)).toBe(text);
  }
});
