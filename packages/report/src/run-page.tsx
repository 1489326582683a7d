import type { DeployReport } from '@opq/pipeline';
import { Boards, Interruptions } from './boards';
import { chartsOf, type Curves } from './charts';
import { documentOf } from './document';
import { drawAll } from './draw';
import { Latency, Layers, Weights } from './layer-sections';
import { Section } from './parts';
import { Accuracy, Memory, Size, Summary } from './sections';
import { verdictOn } from './verdict';

const CONTENTS = [
  ['summary', 'Summary'],
  ['size', 'Size'],
  ['memory', 'Memory'],
  ['accuracy', 'Accuracy'],
  ['layers', 'Layers'],
  ['weights', 'Weights'],
  ['latency', 'Latency'],
  ['boards', 'Other boards'],
  ['interruptions', 'Interruptions'],
] as const;

/** The page on one run, whose texts are clean. */
export async function runPage(run: DeployReport, curves: Curves | undefined): Promise<string> {
  const pictures = await drawAll(chartsOf(run, curves), (id) => id.startsWith('weights-'));
  return documentOf({
    kind: 'opq · run on a board',
    title: `${run.model} on ${run.device}`,
    subtitle: run.board.title,
    verdict: verdictOn(run),
    contents: CONTENTS,
    body: (
      <>
        <Summary run={run} />
        <Size run={run} pictures={pictures} />
        <Memory run={run} pictures={pictures} />
        <Accuracy run={run} pictures={pictures} curves={curves} />
        <Layers run={run} pictures={pictures} />
        <Weights run={run} pictures={pictures} />
        <Latency run={run} pictures={pictures} />
        <Section id="boards" title="What the other boards say">
          <Boards boards={run.boards} />
        </Section>
        <Section id="interruptions" title="Interruptions">
          <Interruptions interruptions={run.interruptions} />
        </Section>
      </>
    ),
  });
}
