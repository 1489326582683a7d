import { z } from 'zod';

/** 32-bit address or size; JSON writes addresses as "0x…" strings, sizes as numbers of bytes. */
const address = z
  .union([z.number().int().min(0).max(0xffffffff), z.string().regex(/^0x[0-9a-fA-F]{1,8}$/)])
  .transform((v) => (typeof v === 'number' ? v : Number.parseInt(v, 16)));

const identifier = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and hyphens');

const regionSchema = z.strictObject({
  name: identifier,
  origin: address,
  /** bytes */
  length: z.number().int().positive(),
  /** Behind a serial bus and a cache, and not on every module: nothing is placed there unless asked for. */
  slow: z.boolean().optional(),
});

/** Instruction sets that opq's own backends know. */
export const KNOWN_ISAS = [
  'armv6-m', 'armv7-m', 'armv7e-m', 'armv8-m.main', 'armv8.1-m.main', 'rv32imc', 'xtensa-lx106', 'xtensa-lx6', 'xtensa-lx7',
] as const; // prettier-ignore

/** One of `KNOWN_ISAS`, or one that a backend from elsewhere serves. */
const isaSchema = z.string().regex(/^[a-z][a-z0-9.-]*$/, 'lower-case letters, digits, dots and hyphens');

/** How firmware reaches the serial line; `driver` names a file of the template's `drivers/`: uart_<driver>.c. */
const uartSchema = z.strictObject({
  driver: identifier,
  base: address,
  /** Interrupt number of "received"; the driver polls when it is absent. */
  interrupt: z.number().int().min(0).max(239).optional(),
  /** Register and bit that switch the peripheral's clock on. */
  clockEnable: z.strictObject({ register: address, bit: z.number().int().min(0).max(31) }).optional(),
  baudRate: z.number().int().positive(),
});

/** What counts time on the device, and at which rate; `driver` names timer_<driver>.c of the template's `drivers/`. */
const timerSchema = z.strictObject({
  driver: identifier,
  /** Base of the counter's registers; absent for counters of the core. */
  base: address.optional(),
  frequency: z.number().int().positive(),
});

/** Programs that opq starts for an emulated board. */
export const QEMU_PROGRAMS = ['qemu-system-arm', 'qemu-system-riscv32', 'qemu-system-xtensa'] as const;

const emulatorSchema = z.strictObject({
  /** One of `QEMU_PROGRAMS`, or the name of an emulator that a backend brings. */
  program: identifier,
  machine: z.string().regex(/^[a-z0-9-]+$/),
  /** The core where the machine can have several, with its options, as QEMU takes it. */
  cpu: z
    .string()
    .regex(/^[a-z0-9=,-]+$/)
    .optional(),
  /** Each instruction lasts 2^icountShift virtual nanoseconds. */
  icountShift: z.number().int().min(0).max(10),
});

/**
 * A chip on a board as its JSON file says it: packages/targets/target.schema.json. Strict: a member it does not know is an error.
 */
export const targetSchema = z.strictObject({
  $schema: z.string().optional(),
  name: identifier,
  aliases: z.array(identifier),
  /** For people, e.g. "Arm MPS2 with Cortex-M4 (AN386), emulated by QEMU". */
  title: z.string().min(1),
  isa: isaSchema,
  cpu: identifier,
  /** Cores of the chip; the network runs on one. 1 where it is not given. */
  cores: z.number().int().positive().optional(),
  /** Hertz, at most. */
  clock: z.number().int().positive().optional(),
  /** Extensions kernels may use. */
  features: z.array(z.enum(['dsp', 'fpu-single', 'fpu-double', 'mve'])),
  /** The first holds code; where constants are read elsewhere, a second one is the same flash as they see it. */
  flash: z.array(regionSchema).min(1),
  /** The first holds variables and stack. */
  ram: z.array(regionSchema).min(1),
  /** Bytes of RAM kept for the stack. */
  stack: z.number().int().min(512),
  /** Folder of firmware-templates/. */
  template: identifier,
  toolchain: z.strictObject({
    prefix: z.string().regex(/^[a-z0-9_-]+-$/),
    flags: z.array(z.string().regex(/^-m[a-z0-9=+.-]+$/)),
  }),
  uart: uartSchema,
  timer: timerSchema,
  /** How firmware reaches the board: `qemu` (an emulated one), `esp-rom`, `stm32-rom`, `uf2`, or a loader from elsewhere. */
  loader: identifier,
  emulator: emulatorSchema.optional(),
  /** The target of an emulated board with a core like its own, which runs the same sources where no board is connected. */
  standIn: identifier.optional(),
});

/** Flash or RAM of a chip: begin and length in bytes. */
export type Region = Readonly<z.infer<typeof regionSchema>>;
/** An instruction set: one of `KNOWN_ISAS`, or one that a backend from elsewhere serves. */
export type Isa = z.infer<typeof isaSchema>;
/** The same as its JSON file holds it: addresses as text or numbers. */
export type TargetInput = Readonly<z.input<typeof targetSchema>>;
/** A chip on a board, as data. */
export type Target = Readonly<z.infer<typeof targetSchema>>;
