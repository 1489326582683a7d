import { create } from 'xmlbuilder2';
import { printable } from '@opq/errors';
import type { DeployReport } from '@opq/pipeline';

interface Case {
  readonly name: string;
  readonly failure?: string | undefined;
}

/** Text of any origin as XML takes it. */
const clean = (text: string): string =>
  printable(text, 300).replace(/[\ud800-\udfff\ufffe\uffff]/gu, '\ufffd');

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** The place of the first difference, as far as it is known. */
function where({ difference }: DeployReport): string {
  if (difference?.what === 'model') return ": the model's tables in flash are damaged";
  return difference?.layer == null ? '' : `: layer ${difference.layer}`;
}

function casesOf(run: DeployReport): readonly Case[] {
  const { bitExact, accuracy, threshold } = run;
  const different = bitExact.total - bitExact.equal;
  const name = run.task === 'classification' ? 'accuracy' : 'area under the ROC curve';
  return [
    {
      name: 'self-test of the firmware',
      failure: run.selfTest
        ? undefined
        : `what is stored with the firmware is not what the board gives${where(run)}`,
    },
    {
      name: `outputs of ${bitExact.total} samples equal the host's`,
      failure:
        different === 0
          ? undefined
          : `${different} of ${bitExact.total} differ, the first at sample ${bitExact.firstDifference ?? 'unknown'}${where(run)}`,
    },
    ...(threshold === null
      ? []
      : [
          {
            name: `${name} is at least ${percent(threshold)}`,
            failure:
              accuracy === null
                ? 'the samples have no labels'
                : accuracy.board < threshold
                  ? `it is ${percent(accuracy.board)}`
                  : undefined,
          },
        ]),
  ];
}

/** A run as JUnit XML: one suite with a case for the self-test, the outputs and the threshold. No times: they would be the host's. */
export function junitOf(run: DeployReport): string {
  const cases = casesOf(run);
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const document = create({ version: '1.0', encoding: 'UTF-8' });
  const suites = document.ele('testsuites', { tests: cases.length, failures });
  const name = `${clean(run.model)} on ${clean(run.device)}`;
  const suite = suites.ele('testsuite', { name, tests: cases.length, failures, errors: 0, skipped: 0 });
  const properties = suite.ele('properties');
  const facts = {
    target: run.target,
    samples: run.samples,
    accuracy: run.accuracy?.board,
    [`median-${run.latency.kind}`]: run.latency.value,
    'flash-bytes': run.size.image.flash,
    'arena-bytes': run.memory.arenaBytes,
    'stack-bytes': run.memory.stackInference,
    interruptions: run.interruptions.length,
  };
  for (const [key, value] of Object.entries(facts))
    if (value !== undefined) properties.ele('property', { name: key, value: String(value) });
  for (const { name: title, failure } of cases) {
    const node = suite.ele('testcase', { classname: `opq.hil.${run.target}`, name: title });
    if (failure !== undefined) node.ele('failure', { message: failure, type: 'different' });
  }
  const said = run.interruptions.map(
    ({ sample, code, message }) => `sample ${sample ?? '-'}: ${code}: ${clean(message)}`,
  );
  if (said.length > 0) suite.ele('system-out').txt(said.join('\n'));
  return `${document.end({ prettyPrint: true })}\n`;
}
