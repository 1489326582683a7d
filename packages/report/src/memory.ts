import type { DeployReport } from '@opq/pipeline';

export interface Part {
  readonly label: string;
  readonly bytes: number;
}

/** What the image puts into flash, in the order it is listed. */
export function flashParts({ size }: DeployReport): readonly Part[] {
  const { text, rodata, data } = size.image;
  // What is not the model's among the constants: tables of the firmware, of the self-test and of the C library.
  const model = Math.min(size.model, rodata);
  return [
    { label: 'Code', bytes: text },
    { label: 'Model data', bytes: model },
    { label: 'Other constants', bytes: rodata - model },
    { label: 'Initial values of variables', bytes: data },
  ];
}

/** What the image takes of RAM. */
export function ramParts({ size, memory }: DeployReport): readonly Part[] {
  const { data, bss, stack } = size.image;
  const arena = Math.min(memory.arenaBytes, bss);
  return [
    { label: 'Arena', bytes: arena },
    { label: 'Other variables', bytes: data + bss - arena },
    { label: 'Stack, as much as was used', bytes: Math.min(memory.stackPeak, stack) },
    { label: 'Stack, reserved and unused', bytes: Math.max(0, stack - memory.stackPeak) },
  ];
}
