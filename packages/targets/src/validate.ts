import { KNOWN_ISAS, QEMU_PROGRAMS, type Region, type Target } from './target';

/** One named check of a target; says what is wrong, or nothing. */
interface TargetCheck {
  readonly name: string;
  problem(target: Target): string | undefined;
}

const end = (region: Region): number => region.origin + region.length;

const CHECKS: readonly TargetCheck[] = [
  {
    name: 'regions do not overlap',
    problem({ flash, ram }) {
      const regions = [...flash, ...ram].sort((a, b) => a.origin - b.origin);
      const clash = regions.find((region, i) => i > 0 && region.origin < end(regions[i - 1] ?? region));
      return clash && `region ${clash.name} overlaps the one before it`;
    },
  },
  {
    name: 'regions are aligned to four bytes and end within 32 bits',
    problem: ({ flash, ram }) => {
      const bad = [...flash, ...ram].find(
        (r) => r.origin % 4 !== 0 || r.length % 4 !== 0 || end(r) > 2 ** 32,
      );
      return bad && `region ${bad.name} is not aligned, or ends past 32 bits`;
    },
  },
  {
    name: 'the stack fits',
    problem: ({ stack, ram }) =>
      stack % 8 === 0 && stack < (ram[0]?.length ?? 0)
        ? undefined
        : `a stack of ${stack} bytes is no multiple of 8 or does not fit its RAM`,
  },
  {
    name: 'the instruction set is spelled as opq spells it',
    problem({ isa }) {
      const family = /^(arm|rv|xtensa)/.test(isa);
      return family && !KNOWN_ISAS.some((known) => known === isa)
        ? `instruction set ${isa} is none of ${KNOWN_ISAS.join(', ')}`
        : undefined;
    },
  },
  {
    name: 'the compiler builds for the cpu',
    problem({ isa, cpu, toolchain: { flags, prefix } }) {
      // A compiler for Xtensa is made for one core.
      if (isa.startsWith('xtensa'))
        return prefix.startsWith('xtensa-') ? undefined : `${prefix}gcc is no compiler for Xtensa`;
      if (!/^(arm|rv)/.test(isa)) return undefined;
      const wanted = isa.startsWith('rv') ? `-march=${isa}` : `-mcpu=${cpu}`;
      return flags.includes(wanted) ? undefined : `the flags lack ${wanted}`;
    },
  },
  {
    name: 'instruction set and features agree',
    problem({ isa, features }) {
      const dsp = features.includes('dsp');
      if (!isa.startsWith('arm')) return features.length === 0 ? undefined : `${isa} has no Arm extensions`;
      if (dsp && (isa === 'armv6-m' || isa === 'armv7-m')) return `${isa} has no DSP extension`;
      if (isa === 'armv7e-m' && !dsp) return 'armv7e-m always has the DSP extension';
      return features.includes('mve') && isa !== 'armv8.1-m.main'
        ? `${isa} has no vector extension`
        : undefined;
    },
  },
  {
    name: 'the timer knows its registers',
    problem: ({ timer }) =>
      timer.driver === 'mps2-fpgaio' && timer.base === undefined
        ? 'timer mps2-fpgaio needs its base address'
        : undefined,
  },
  {
    name: 'the loader has what it needs',
    problem({ loader, emulator }) {
      const qemu = QEMU_PROGRAMS.some((program) => program === emulator?.program);
      if (loader === 'qemu' && !qemu) return `loader qemu needs an emulator of ${QEMU_PROGRAMS.join(', ')}`;
      return qemu && loader !== 'qemu' ? `${emulator?.program} needs loader qemu` : undefined;
    },
  },
  {
    name: 'code and variables are in fast memory',
    problem: ({ flash, ram }) =>
      flash[0]?.slow || ram[0]?.slow ? 'the first regions of flash and RAM cannot be slow' : undefined,
  },
  {
    name: 'one board stands in for another that has none',
    problem: ({ emulator, standIn }) =>
      emulator !== undefined && standIn !== undefined ? 'an emulated board needs no stand-in' : undefined,
  },
];

/** What is wrong with a target whose members have the right types; one sentence each. */
export function validateTarget(target: Target): readonly string[] {
  return CHECKS.map(({ problem }) => problem(target)).filter((p) => p !== undefined);
}
