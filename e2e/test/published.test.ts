/** Packages as they are published, packed once and installed once: what is in them, and what they do outside the repository. */
import { rmSync } from 'node:fs';
import { areInstalled } from '../../tools/testing';
import { contentsAreWhole } from '../published/contents';
import { opqRuns } from '../published/opq';
import { nxRuns } from '../published/nx';
import { folder, install, packAll } from '../published/place';
import { thirdPartyRuns } from '../published/third-party';

jest.setTimeout(900_000);

const whereInstalled = (...programs: readonly string[]): jest.Describe =>
  areInstalled(...programs) ? describe : describe.skip;

beforeAll(packAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('contents', contentsAreWhole);

describe('installed outside the repository', () => {
  beforeAll(install);
  describe('the command', opqRuns);
  whereInstalled('gcc', 'arm-none-eabi-gcc', 'qemu-system-arm')('the plugin of Nx', nxRuns);
  whereInstalled('gcc', 'arm-none-eabi-gcc', 'qemu-system-arm')('a backend that somebody else wrote', thirdPartyRuns); // prettier-ignore
});
