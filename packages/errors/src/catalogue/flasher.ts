import { OpqError, printable } from '../opq-error';

/** OPQ08xx: boards, ports and what is said over them. */
export const flasherErrors = {
  noEmulator: (program: string) =>
    new OpqError({
      code: 'OPQ0801',
      message: `The emulator ${printable(program)} is not installed, or not on the PATH.`,
      hint: 'Run `npm run bootstrap`, or install it (Debian, Ubuntu: apt-get install qemu-system-arm qemu-system-misc; macOS: brew install qemu).',
    }),
  emulatorFailed: (program: string, output: string) =>
    new OpqError({
      code: 'OPQ0802',
      message: `${printable(program)} did not start the board: ${printable(output.trim() || 'it said nothing', 300)}.`,
      hint: 'Check that this version of QEMU knows the board (`${printable(program)} -M help`).',
    }),
  noPort: (port: string, others: readonly string[]) =>
    new OpqError({
      code: 'OPQ0803',
      message: `There is no serial port ${printable(port)}.`,
      hint: `Check the cable and that it carries data. ${others.length > 0 ? `Ports here: ${others.map((p) => printable(p)).join(', ')}.` : 'No serial port is connected.'}`,
    }),
  portBusy: (port: string, pid: number | undefined, program: string) =>
    new OpqError({
      code: 'OPQ0804',
      message: `Port ${printable(port)} is in use by ${pid === undefined ? 'another program' : `process ${pid}${program === '' ? '' : ` (${printable(program)})`}`}.`,
      hint: 'Close the serial monitor, or the other opq, that has it open, and run the command again.',
    }),
  portForbidden: (port: string, group: string | undefined) =>
    new OpqError({
      code: 'OPQ0805',
      message: `You may not open serial port ${printable(port)}${group === undefined ? '' : `, which belongs to group ${printable(group)}`}.`,
      hint: `On Linux, add yourself to the port's group and log in again: sudo usermod -aG ${group ?? 'dialout'} "$USER". A port without such a group needs a udev rule with TAG+="uaccess".`,
    }),
  portFailed: (port: string, reason: string) =>
    new OpqError({
      code: 'OPQ0806',
      message: `Serial port ${printable(port)} failed: ${printable(reason, 200)}.`,
      hint: 'Unplug the board, plug it in again, and retry.',
    }),
  disconnected: (device: string) =>
    new OpqError({
      code: 'OPQ0807',
      message: `${printable(device)} was disconnected in the middle of the work.`,
      hint: 'Check the cable and the power of the board; for an emulated board, that nothing ended QEMU.',
    }),
  noAnswer: (device: string, command: string, seconds: number, last: string) =>
    new OpqError({
      code: 'OPQ0808',
      message: `${printable(device)} did not finish answering "${printable(command)}" within ${seconds} seconds${last === '' ? '' : ` (last line: ${printable(last)})`}.`,
      hint: "Reset the board; check that it runs opq's firmware and that the baud rate agrees.",
    }),
  deviceError: (device: string, command: string, answer: string) =>
    new OpqError({
      code: 'OPQ0809',
      message: `${printable(device)} refused "${printable(command)}": ${printable(answer, 200)}.`,
      hint: 'The firmware on the board is of another version or model: build and flash it again.',
    }),
  unexpectedAnswer: (device: string, command: string, wanted: string, lines: readonly string[]) =>
    new OpqError({
      code: 'OPQ0810',
      message: `${printable(device)} answered "${printable(command)}" without ${printable(wanted)} (it said: ${lines.map((l) => printable(l)).join(' | ') || 'nothing'}).`,
      hint: 'The firmware on the board is of another version: build and flash it again.',
    }),
  wrongDevice: (device: string, what: string, wanted: string, found: string) =>
    new OpqError({
      code: 'OPQ0811',
      message: `${printable(device)} runs another ${what}: ${printable(found)} instead of ${printable(wanted)}.`,
      hint: 'Flash the firmware that was just built, or choose the port of the right board.',
    }),
  frameDamaged: (device: string, frame: number) =>
    new OpqError({
      code: 'OPQ0812',
      message: `Frame ${frame} of an upload to ${printable(device)} arrived damaged six times.`,
      hint: 'Use a shorter cable, another USB port, or a lower baud rate.',
    }),
  wrongInput: (device: string, got: number, wanted: number) =>
    new OpqError({
      code: 'OPQ0813',
      message: `The model on ${printable(device)} takes ${wanted} bytes, not ${got}.`,
      hint: 'The samples do not belong to this model.',
    }),
  stopped: () =>
    new OpqError({
      code: 'OPQ0814',
      message: 'Stopped on request.',
      hint: 'Run the command again to start over.',
    }),
  inputLost: (device: string, wanted: string, found: string) =>
    new OpqError({
      code: 'OPQ0840',
      message: `${printable(device)} no longer holds the input it was given (its checksum is ${printable(found)} instead of ${printable(wanted)}): it restarted.`,
      hint: 'Check the power of the board; `opq hil` goes on by itself after a restart.',
    }),
  noLoader: (target: string) =>
    new OpqError({
      code: 'OPQ0815',
      message: `opq cannot flash a physical board as target ${printable(target)}: it describes an emulated board.`,
      hint: 'Flash firmware.bin with your own tool, then run with --port to measure on it.',
    }),
  badPort: (port: string, reason: string) =>
    new OpqError({
      code: 'OPQ0816',
      message: `"${printable(port)}" names no port: ${printable(reason)}.`,
      hint: 'Name a serial port (/dev/ttyUSB0), socket://host:port or rfc2217://host:port.',
    }),
  noServer: (port: string, reason: string) =>
    new OpqError({
      code: 'OPQ0817',
      message: `${printable(port)} cannot be reached: ${printable(reason, 200)}.`,
      hint: 'Check host and port number, and that the serial server runs there.',
    }),
  noComPort: (port: string, reason: string) =>
    new OpqError({
      code: 'OPQ0818',
      message: `The server at ${printable(port)} gives no serial line by RFC 2217: ${printable(reason)}.`,
      hint: 'For a server that passes bytes on as they are, use socket:// instead of rfc2217://.',
    }),
  writeStuck: (device: string, seconds: number) =>
    new OpqError({
      code: 'OPQ0819',
      message: `${printable(device)} took no bytes for ${seconds} seconds.`,
      hint: 'Unplug the board and plug it in again; a serial server may have stopped reading.',
    }),
  loaderSilent: (device: string, step: string, hint: string) =>
    new OpqError({
      code: 'OPQ0820',
      message: `The loader on ${printable(device)} does not answer (${printable(step)}).`,
      hint,
    }),
  loaderRefused: (device: string, step: string, hint: string) =>
    new OpqError({
      code: 'OPQ0821',
      message: `The loader on ${printable(device)} refuses to go on (${printable(step)}).`,
      hint,
    }),
  loaderGarbled: (device: string, step: string) =>
    new OpqError({
      code: 'OPQ0822',
      message: `The loader on ${printable(device)} gives answers that cannot be read, again and again (${printable(step)}).`,
      hint: 'Use a shorter cable, another USB port, or a lower baud rate, and check the ground wire.',
    }),
  verifyFailed: (device: string, address: number) =>
    new OpqError({
      code: 'OPQ0823',
      message: `The flash of ${printable(device)} at 0x${address.toString(16).padStart(8, '0')} is not what was written to it.`,
      hint: 'Try again; flash that stays wrong is worn out or write-protected.',
    }),
  outsideFlash: (device: string, from: number, to: number, table: string) =>
    new OpqError({
      code: 'OPQ0824',
      message: `The image does not fit ${printable(device)}: it takes 0x${from.toString(16).padStart(8, '0')} to 0x${to.toString(16).padStart(8, '0')}.\n${table}`,
      hint: 'Build for the chip that is on the board, or compress further.',
    }),
} as const;
