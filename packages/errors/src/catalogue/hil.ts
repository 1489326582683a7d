import { OpqError, printable } from '../opq-error';

/** OPQ16xx: hardware in the loop. */
export const hilErrors = {
  gaveUp: (device: string, attempts: number, code: string, last: string) =>
    new OpqError({
      code: 'OPQ1601',
      message: `${printable(device)} failed ${attempts} times in a row and was given up; the last time, ${printable(code)}: ${printable(last, 300)}`,
      hint: 'Check cable, power and firmware of the board, and run the command again.',
    }),
  invalidDevice: (place: string, problems: readonly string[]) =>
    new OpqError({
      code: 'OPQ1602',
      message: `${printable(place, 200)} describes no device: ${problems.map((p) => printable(p, 200)).join('; ')}.`,
      hint: 'docs/reference/hil.md shows a device description, packages/hil/device.schema.json every member.',
    }),
  notPluggedIn: (what: string, seconds: number, ports: readonly string[]) =>
    new OpqError({
      code: 'OPQ1603',
      message: `No USB device ${printable(what)} was plugged in within ${seconds} seconds.`,
      hint: `Check the cable and that it carries data. ${ports.length > 0 ? `Ports here: ${ports.map((p) => printable(p)).join(', ')}.` : 'No serial port is connected.'}`,
    }),
  severalDevices: (what: string, ports: readonly string[]) =>
    new OpqError({
      code: 'OPQ1604',
      message: `Several USB devices are ${printable(what)}: ${ports.map((p) => printable(p)).join(', ')}.`,
      hint: 'Name one by `serialNumber` in the device description.',
    }),
  wrongIdentity: (device: string, what: string, wanted: string, found: string) =>
    new OpqError({
      code: 'OPQ1605',
      message: `${printable(device)} is not the device described: its ${what} is ${printable(found)} instead of ${printable(wanted)}.`,
      hint: 'Choose the port of the right board, or correct `expect` in the device description.',
    }),
  onHost: () =>
    new OpqError({
      code: 'OPQ1606',
      message: '`opq hil` measures a board, and `host` is none.',
      hint: 'Name a board (see `opq targets`) or a device description; `host` is for suites of @opq/hil/jest.',
    }),
  noBenchmark: (model: string, inputs: number, outputs: number, names: readonly string[]) =>
    new OpqError({
      code: 'OPQ1607',
      message: `Network ${printable(model)} takes ${inputs} values and gives ${outputs}: not as ${names.map((n) => printable(n)).join(', ')} of MLPerf Tiny.`,
      hint: 'ic01 takes 3072 values and gives 10, kws01 490 (or 1960) and 12, vww01 27648 and 2, ad01 640 and 640; `opq hil` measures any network.',
    }),
  benchmarkData: (place: string, reason: string) =>
    new OpqError({
      code: 'OPQ1608',
      message: `${printable(place, 200)} holds no samples for the benchmark: ${printable(reason, 200)}.`,
      hint: 'Name a folder with y_labels.csv, as MLPerf Tiny gives its data sets out, or a file of samples one after the other with --labels; docs/mlperf-tiny.md tells how.',
    }),
} as const;
