/**
 * What others' tools say of tarballs: publint of each package's layout, are-the-types-wrong of what every kind of resolution finds.
 * A line for each problem, nothing where there is none: node tools/pack/judges.mjs <tarball>... <folder with the same, unpacked>...
 */
import { readFileSync, statSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** What is left out, each by its name. */
const LEFT_OUT = [
  {
    // Required for what it does; it exports nothing.
    packageName: '@opq/register',
    kind: 'NoTypes',
  },
  {
    // A program: its path is asked for, and nobody imports it.
    packageName: '@opq/cli',
    kind: 'UntypedResolution',
    entrypoint: './bin/opq.cjs',
  },
];

const isLeftOut = (problem) =>
  LEFT_OUT.some((rule) => Object.entries(rule).every(([member, value]) => problem[member] === value));

async function typeProblems(tarball) {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  const found = result.types === false ? [{ kind: 'NoTypes' }] : result.problems;
  return found
    .map((problem) => ({ packageName: result.packageName, ...problem }))
    .filter((problem) => !isLeftOut(problem))
    .map(({ packageName, kind, entrypoint = '', resolutionKind = '', fileName = '' }) =>
      [`${packageName}:`, kind, entrypoint, resolutionKind, fileName].filter((word) => word !== '').join(' '),
    );
}

async function layoutProblems(pkgDir) {
  const { messages, pkg } = await publint({ pkgDir, pack: false, strict: true });
  return messages.map((message) => `${pkg.name}: ${formatMessage(message, pkg, { color: false })}`);
}

for (const path of process.argv.slice(2)) {
  const problems = await (statSync(path).isDirectory() ? layoutProblems(path) : typeProblems(path));
  for (const line of problems) console.log(line);
}
