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
  nothingArrives: (device: string, byte: number, attempts: number) =>
    new OpqError({
      code: 'OPQ0812',
      message: `An upload to ${printable(device)} stays at byte ${byte}: what was sent arrived damaged, or not at all, ${attempts} times in a row.`,
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
  unknownLoader: (target: string, loader: string, known: readonly string[]) =>
    new OpqError({
      code: 'OPQ0841',
      message: `Target ${printable(target)} names loader ${printable(loader)}, and nobody here brings it (known: ${known.map((name) => printable(name)).join(', ')}).`,
      hint: 'Correct `loader` in the target, or add the package that brings it to `loaders` or `backends` in opq.config.ts.',
    }),
  unknownEmulator: (target: string, emulator: string) =>
    new OpqError({
      code: 'OPQ0842',
      message: `Target ${printable(target)} names emulator ${printable(emulator)}, and no backend here brings it.`,
      hint: 'Correct `emulator.program` in the target, or add the backend that brings it to `backends` in opq.config.ts.',
    }),
  noBoard: (target: string) =>
    new OpqError({
      code: 'OPQ0843',
      message: `Target ${printable(target)} is a physical board, and neither a port nor an emulated board that stands in is named.`,
      hint: 'Name its port with --port, or a target with an emulator in `standIn` of this one.',
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
  badImage: (file: string, reason: string) =>
    new OpqError({
      code: 'OPQ0825',
      message: `Image ${printable(file)} cannot be flashed: ${printable(reason)}.`,
      hint: 'Name firmware.elf or firmware.bin, as opq deploy leaves them under .opq/<board>/build.',
    }),
  imageDoesNotFit: (target: string, table: string) =>
    new OpqError({
      code: 'OPQ0826',
      message: `The image does not fit target ${printable(target)}:\n${table}`,
      hint: 'Compress harder, choose a board with more memory, or name the address of a plain binary (--address).',
    }),
  noProgram: (program: string) =>
    new OpqError({
      code: 'OPQ0827',
      message: `The program ${printable(program)} is not installed, or not on the PATH.`,
      hint: 'Install it, or choose another way to flash (opq flash --help).',
    }),
  externalNeeds: (program: string, what: string) =>
    new OpqError({
      code: 'OPQ0828',
      message: `${printable(program)} needs ${printable(what)}.`,
      hint: 'pyocd takes a target (pyocd list --targets), probe-rs a chip (probe-rs chip list), openocd a file such as board/st_nucleo_f4.cfg.',
    }),
  externalTimedOut: (program: string, seconds: number) =>
    new OpqError({
      code: 'OPQ0829',
      message: `${printable(program)} did not end within ${seconds} seconds, and was stopped.`,
      hint: 'Unplug the board, plug it in again, and retry.',
    }),
  externalFailed: (program: string, reason: string) =>
    new OpqError({
      code: 'OPQ0830',
      message: `${printable(program)} failed: ${printable(reason, 200)}.`,
      hint: 'Run it by hand to see all it says.',
    }),
  probeForbidden: (program: string) =>
    new OpqError({
      code: 'OPQ0831',
      message: `${printable(program)} may not use the USB device of the board or probe.`,
      hint: 'On Linux, install the udev rules that come with the program, then plug the board in again.',
    }),
  noProbe: (program: string) =>
    new OpqError({
      code: 'OPQ0832',
      message: `${printable(program)} finds no board or debug probe.`,
      hint: 'Check the cable and that it carries data; for dfu-util, start the board in its DFU mode (BOOT0 high, then reset).',
    }),
  probeBusy: (program: string) =>
    new OpqError({
      code: 'OPQ0833',
      message: `${printable(program)} finds the debug probe in use by another program.`,
      hint: 'Close the debugger or IDE that has it open.',
    }),
  otherProtocol: (device: string, spoken: string, wanted: string) =>
    new OpqError({
      code: 'OPQ0836',
      message: `The firmware on ${printable(device)} speaks version ${printable(spoken)} of the serial protocol; this opq speaks ${wanted}.`,
      hint: 'Build and flash the firmware anew with this opq.',
    }),
  noUf2Drive: (folder: string) =>
    new OpqError({
      code: 'OPQ0834',
      message: `${printable(folder)} is not the drive of a board that waits for a UF2 file (it has no INFO_UF2.TXT).`,
      hint: 'Hold BOOTSEL while plugging the board in, and name the folder where its drive is mounted.',
    }),
  uf2Failed: (folder: string, reason: string) =>
    new OpqError({
      code: 'OPQ0835',
      message: `The image could not be copied to ${printable(folder)}: ${printable(reason, 200)}.`,
      hint: 'Plug the board in again with BOOTSEL held, and retry.',
    }),
} as const;
