import { findUsbDevice, type PortInfo } from '@opq/flasher';
import type { Target } from '@opq/targets';
import { table } from './tables';

/** Ways to a board, for people and programs. */
export interface DevicesReport {
  readonly ports: readonly {
    readonly path: string;
    readonly vendor: string | null;
    readonly product: string | null;
    readonly serialNumber: string | null;
    /** The chip that is the USB device; null for one that is not known. */
    readonly chip: string | null;
    /** Boards it is usually found on. */
    readonly boards: readonly string[];
    /** Targets of the backends in use that such a board may be. */
    readonly targets: readonly string[];
    /** Commands, as they are typed: to flash, where the loader is known, and to measure on firmware that runs there. */
    readonly next: readonly string[];
  }[];
  /** Boards that need no hardware. */
  readonly emulated: readonly { readonly target: string; readonly title: string; readonly next: string }[];
}

/** Paths with blanks, as macOS has them, in quotes. */
const word = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function portReport(port: PortInfo, targets: readonly Target[]): DevicesReport['ports'][number] {
  const device = findUsbDevice(port.vendor, port.product);
  const fitting = targets.map(({ name }) => name).filter((name) => device?.targets.includes(name));
  return {
    path: port.path,
    vendor: port.vendor ?? null,
    product: port.product ?? null,
    serialNumber: port.serialNumber ?? null,
    chip: device?.chip ?? null,
    boards: device?.boards ?? [],
    targets: fitting,
    next: [
      ...(device?.loader === 'esp'
        ? [
            `opq flash firmware.bin --board ${fitting[0] ?? '<target>'} --loader esp --port ${word(port.path)}`,
          ]
        : []),
      ...(fitting.length > 0
        ? fitting.map((name) => `opq deploy ${name} --port ${word(port.path)}`)
        : ['opq targets', `opq deploy <target> --port ${word(port.path)}`]),
    ],
  };
}

export function devicesReport(ports: readonly PortInfo[], targets: readonly Target[]): DevicesReport {
  return {
    ports: ports.map((port) => portReport(port, targets)),
    emulated: targets
      .filter(({ emulator }) => emulator !== undefined)
      .map(({ name, title }) => ({ target: name, title, next: `opq deploy ${name}` })),
  };
}

export function devicesText({ ports, emulated }: DevicesReport): string {
  const found =
    ports.length === 0
      ? ['No serial port is connected. A cable that only charges shows none.']
      : [
          table(
            ['port', 'USB', 'serial number', 'chip', 'probably', 'next'],
            ports.map((p) => [
              p.path,
              p.vendor === null ? '' : `${p.vendor}:${p.product ?? ''}`,
              p.serialNumber ?? '',
              p.chip ?? 'unknown',
              p.boards.join(', '),
              p.next[0] ?? '',
            ]),
          ),
        ];
  const without = table(
    ['without hardware', 'board', 'next'],
    emulated.map((e) => [e.target, e.title, e.next]),
  );
  return [...found, ...(emulated.length === 0 ? [] : ['', without])].join('\n');
}
