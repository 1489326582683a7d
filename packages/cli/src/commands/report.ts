import type { Command } from 'commander';
import { cliErrors } from '@opq/errors';
import { readRun, readSweep, writeWhole, type DeployReport } from '@opq/pipeline';
import { figuresDocument, reportOn, reportOnBoth, sweepCurves, type Curves } from '@opq/report';
import { examples, jsonFlag } from '../flags';
import { print } from '../output';

interface Options {
  readonly out: string;
  readonly sweep?: string;
  readonly json?: boolean;
}

/** A run that there is something to compare of. @throws OPQ0917, OPQ0919 */
function runAt(path: string): DeployReport {
  const document = readRun(path);
  if (document.kind === 'failure') throw cliErrors.runFailed(path, document.failure.code);
  return document.run;
}

/** @throws OPQ0909, OPQ0918 */
function curvesAt(path: string | undefined): Curves | undefined {
  if (path === undefined) return undefined;
  const curves = sweepCurves(readSweep(path));
  if (curves === undefined) throw cliErrors.usage('--sweep names a sweep none of whose points was made.');
  return curves;
}

interface Written {
  readonly html: string;
  readonly what: string;
  readonly runs: readonly DeployReport[];
}

async function pageOf(files: readonly string[], curves: Curves | undefined): Promise<Written> {
  const [first, second, third] = files;
  if (first === undefined || third !== undefined) throw cliErrors.usage('Give one run, or two to compare.');
  if (second !== undefined) {
    const [a, b] = [runAt(first), runAt(second)];
    return {
      html: await reportOnBoth(a, b, curves),
      what: `a comparison of ${a.model} on ${a.device} and ${b.model} on ${b.device}`,
      runs: [a, b],
    };
  }
  const document = readRun(first);
  const html = await reportOn(document, curves);
  if (document.kind === 'failure') return { html, what: `a run that failed with ${document.failure.code}`, runs: [] };
  const { run } = document;
  return { html, what: `a report on ${run.model} on ${run.device}, ${run.samples} samples`, runs: [run] };
} // prettier-ignore

export function reportCommand(program: Command): void {
  const command = program
    .command('report')
    .description('a run as one HTML file without script or network, or two runs compared')
    .argument('<run...>', 'what `opq hil --json` or `opq deploy --json` printed; two are compared')
    .option('-o, --out <file>', 'HTML file to write', 'report.html')
    .option('--sweep <file>', "a sweep's sweep.json: accuracy against flash, with the run marked on it")
    .addHelpText(
      'after',
      examples(
        'opq hil mps2-an386 --model model.opq --data test.npz --json > run.json && opq report run.json',
        'opq report run.json --sweep .opq/sweep/sweep.json --out report.html',
        'opq report before.json after.json --out comparison.html --json',
      ),
    );
  jsonFlag(command).action(async (files: readonly string[], options: Options) => {
    const { html, what, runs } = await pageOf(files, curvesAt(options.sweep));
    const bytes = new TextEncoder().encode(html);
    writeWhole(options.out, bytes);
    const said = `wrote ${options.out}: ${what}, ${bytes.length.toLocaleString('en-US')} bytes`;
    if (options.json !== true) return print(said);
    print(JSON.stringify(figuresDocument(runs), null, 2));
    process.stderr.write(`${said}\n`);
  });
}
